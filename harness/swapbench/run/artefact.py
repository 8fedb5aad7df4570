"""Artefacts: fitted models that later phases, and other models, start from.

What an artefact is stands here. Its key digests all that it stands on, the keys of other artefacts too. `provisions.py`
has it made, by whoever needs it first and never twice; `cache.py` keeps it, under a lock and sealed, and verifies it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
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

    def each(self, change: Callable[[Request], Request]) -> "Artefact":
        """Return this artefact with its request changed: as it is made in another place."""
        return replace(self, request=change(self.request))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Artefact":
        """Read what dataclasses.asdict gave, from JSON too."""
        return cls(values["name"], Request.from_dict(values["request"]))
