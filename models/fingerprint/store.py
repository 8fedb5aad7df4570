"""Stores: where trained models are kept, by user, each with its versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.fingerprint.autoencoder import AutoEncoder

_REPLACED = {".": "_dot_", "/": "_slash_", ":": "_colon_"}


@dataclass(frozen=True)
class Stored:
    """A model as it is kept: `label` is its name and version."""

    label: str
    model: AutoEncoder


class Store(Protocol):
    """What keeps models; writer and reader name them by the same rule."""

    def put(self, user: str, model: AutoEncoder, about: Mapping[str, Any]) -> str:
        """Keep a model as the next version of the user's, with what is known `about` its training; return its label."""

    def latest(self, user: str) -> Stored | None:
        """Return the last version of the user's model, None where there is none."""


def model_name(template: str, source: str, user: str) -> str:
    """Return the name of a user's model: `{source}` and `{user_id}` in the template stand for them."""
    for character, word in _REPLACED.items():
        user = user.replace(character, word)
    return template.format(source=source, user_id=user)


@dataclass
class MemoryStore:
    """Keeps models for as long as the process lives."""

    source: str = "duo"
    template: str = "DFP-{source}-{user_id}"
    _models: dict[str, list[AutoEncoder]] = field(default_factory=dict)

    def put(self, user: str, model: AutoEncoder, about: Mapping[str, Any]) -> str:
        name = model_name(self.template, self.source, user)
        versions = self._models.setdefault(name, [])
        versions.append(model)
        return f"{name}:{len(versions)}"

    def latest(self, user: str) -> Stored | None:
        name = model_name(self.template, self.source, user)
        versions = self._models.get(name)
        return Stored(f"{name}:{len(versions)}", versions[-1]) if versions else None
