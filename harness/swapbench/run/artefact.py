"""Artefacts: fitted models that later phases, and other models, start from.

What an artefact is stands here. Its key digests all that it stands on, the keys of other artefacts too. `provisions.py`
has it made, by whoever needs it first and never twice; `cache.py` keeps it, under a lock and sealed, and verifies it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from swapbench.run.request import Request


@dataclass(frozen=True)
class Artefact:
    """A fitted model: its `name` in sentences, and the request that fits it, which names the keys of those it needs."""

    name: str
    request: Request

    @property
    def key(self) -> str:
        return self.request.fitted

    def elsewhere(self, folder: str, paths: Sequence[str]) -> "Artefact":
        """Return this artefact as another checkout makes it; see Request.elsewhere."""
        return Artefact(self.name, self.request.elsewhere(folder, paths))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Artefact":
        """Read what dataclasses.asdict gave, from JSON too."""
        return cls(values["name"], Request.from_dict(values["request"]))
