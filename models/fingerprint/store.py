"""Stores: where trained models are kept, by user, each with its versions."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from models.fingerprint.autoencoder import AutoEncoder
from models.fingerprint.error import FingerprintError

# What names of registered models, and queries for them, cannot hold; the first three as the reference has them.
_REPLACED = {".": "_dot_", "/": "_slash_", ":": "_colon_", "'": "_quote_", '"': "_quotes_", "`": "_backtick_"}


@dataclass(frozen=True)
class Stored:
    """A model as it is kept: `label` is its name and version."""

    label: str
    model: AutoEncoder


@dataclass(frozen=True)
class About:
    """What a model was trained on: the times of its first and last row, how many there were, and the digest of the
    schema that made them."""

    start: datetime
    end: datetime
    count: int
    schema: str


class Store(Protocol):
    """What keeps models; writer and reader name them by the same rule. Both raise StoreError when it does not work."""

    def put(self, user: str, model: AutoEncoder, about: About) -> str:
        """Keep a model as the next version of the user's; return its label."""

    def latest(self, user: str) -> Stored | None:
        """Return the last version of the user's model, None where there is none."""


def model_name(template: str, source: str, user: str) -> str:
    """Return the name of a user's model: in the template `{source}`, `{user_id}` and `{user_md5}`, the digest of the
    user's own name, stand for what they say. Raises FingerprintError for a template with other fields."""
    plain = user
    for character, word in _REPLACED.items():
        plain = plain.replace(character, word)
    digest = hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()
    return filled(template, source=source, user_id=plain, user_md5=digest)


def filled(template: str, **fields: str) -> str:
    """Return a template with its fields filled in; raises FingerprintError when it names others."""
    try:
        return template.format_map(fields)
    except (KeyError, IndexError, ValueError) as error:
        known = ", ".join(f"{{{name}}}" for name in fields)
        raise FingerprintError(f"The template '{template}' cannot be filled in: it may name {known}.") from error


@dataclass
class MemoryStore:
    """Keeps models for as long as the process lives."""

    source: str = "duo"
    template: str = "DFP-{source}-{user_id}"
    _models: dict[str, list[AutoEncoder]] = field(default_factory=dict)

    def put(self, user: str, model: AutoEncoder, about: About) -> str:
        name = model_name(self.template, self.source, user)
        versions = self._models.setdefault(name, [])
        versions.append(model)
        return f"{name}:{len(versions)}"

    def latest(self, user: str) -> Stored | None:
        name = model_name(self.template, self.source, user)
        versions = self._models.get(name)
        return Stored(f"{name}:{len(versions)}", versions[-1]) if versions else None
