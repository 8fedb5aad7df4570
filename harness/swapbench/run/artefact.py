"""Artefacts: fitted models that later phases, and other models, start from.

What an artefact is stands here. Its key digests all that it stands on, the keys of other artefacts too. `provisions.py`
has it made, by whoever needs it first and never twice; `cache.py` keeps it, under a lock and sealed, and verifies it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from swapbench.run.request import Request


@dataclass(frozen=True)
class Artefact:
    """A fitted model: its `name` in sentences, the request that fits it, and the artefacts that go before it."""

    name: str
    request: Request
    needs: tuple["Artefact", ...] = ()

    @property
    def key(self) -> str:
        return self.request.fitted

    @property
    def in_order(self) -> Iterator["Artefact"]:
        """All that must be there for this one, and then itself."""
        for need in self.needs:
            yield from need.in_order
        yield self

    def elsewhere(self, folder: str, paths: Sequence[str]) -> "Artefact":
        """Return this artefact as another checkout makes it; see Request.elsewhere."""
        needs = tuple(need.elsewhere(folder, paths) for need in self.needs)
        return Artefact(self.name, self.request.elsewhere(folder, paths), needs)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Artefact":
        """Read what dataclasses.asdict gave, from JSON too."""
        return cls(values["name"], Request.from_dict(values["request"]), tuple(map(cls.from_dict, values["needs"])))
