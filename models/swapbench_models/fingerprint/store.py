"""Stores: where trained models are kept, by user, each with its versions."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, Self

from swapbench_models.fingerprint.autoencoder import AutoEncoder
from swapbench_models.fingerprint.error import FingerprintError

# What names of registered models, and queries for them, cannot hold; the first three as the reference has them.
_REPLACED = {".": "_dot_", "/": "_slash_", ":": "_colon_", "'": "_quote_", '"': "_quotes_", "`": "_backtick_"}
_RESTORED = {word: character for character, word in _REPLACED.items()}
_WORD = re.compile("|".join(_RESTORED))
# MLflow's names have at most 256 characters, of which a template needs some.
_LONGEST, _SHORTENED, _DIGITS = 120, 80, 32
_DIGEST = re.compile(f"~[0-9a-f]{{{_DIGITS}}}$")
_USER_FIELDS = ("{user_id}", "{user_md5}")


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
    """What keeps the models of one source; writer and reader name them by the same rule. Both raise StoreError when it
    does not work."""

    source: str

    def put(self, user: str, model: AutoEncoder, about: About) -> str:
        """Keep a model as the next version of the user's; return its label."""

    def latest(self, user: str) -> Stored | None:
        """Return the last version of the user's model, None where there is none. Raises ModelError when that one cannot
        be used, whatever others can."""

    def of(self, source: str) -> "Store":
        """Return what keeps the models of another source, in the same place."""


def model_name(template: str, source: str, user: str) -> str:
    """Return the name of a user's model: in the template `{source}`, `{user_id}` (see `user_id`) and `{user_md5}`, the
    digest of the user's own name, stand for what they say. Raises FingerprintError for a template with other fields, or
    with none for the user, which would give all users one model."""
    if not any(field in template for field in _USER_FIELDS):
        raise FingerprintError(
            f"The template '{template}' gives all users one name: put {{user_id}} or {{user_md5}} in."
        )
    digest = hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()
    return filled(template, source=source, user_id=user_id(user), user_md5=digest)


def user_id(user: str) -> str:
    """Return a name of at most 120 characters for a user, and for no other, that a registered model may have.

    What such names cannot hold is replaced by words. Only where a user could not be told from the result (it holds such
    a word already, is long, or has letters that are left out) is a digest of the name put behind it.
    """
    plain = "".join(_REPLACED.get(letter, letter if _kept(letter) else "_") for letter in user)
    restored = _WORD.sub(lambda found: _RESTORED[found[0]], plain)
    if plain and restored == user and plain == plain.strip() and len(plain) <= _LONGEST and not _DIGEST.search(plain):
        return plain
    return f"{plain[:_SHORTENED].strip()}~{hashlib.sha256(user.encode()).hexdigest()[:_DIGITS]}"


def _kept(letter: str) -> bool:
    """Tell whether a letter may stand in a name: those of any language, and what ASCII can print."""
    return letter.isalnum() or (letter.isascii() and letter.isprintable())


def filled(template: str, **fields: str) -> str:
    """Return a template with its fields filled in; raises FingerprintError when it names others."""
    try:
        return template.format_map(fields)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{name}}}" for name in fields)
        raise FingerprintError(f"The template '{template}' cannot be filled in: it may name {known}.") from error


@dataclass
class MemoryStore:
    """Keeps models for as long as the process lives."""

    source: str = "duo"
    template: str = "DFP-{source}-{user_id}"
    _models: dict[str, list[AutoEncoder]] = field(default_factory=dict)

    def of(self, source: str) -> Self:
        return replace(self, source=source)

    def put(self, user: str, model: AutoEncoder, about: About) -> str:
        name = model_name(self.template, self.source, user)
        versions = self._models.setdefault(name, [])
        versions.append(model)
        return f"{name}:{len(versions)}"

    def latest(self, user: str) -> Stored | None:
        name = model_name(self.template, self.source, user)
        versions = self._models.get(name)
        return Stored(f"{name}:{len(versions)}", versions[-1]) if versions else None
