"""Names of models: what a registered model may be called, and never two things alike."""

import hashlib
import re

from swapbench_models.store.error import TemplateError

# What names of registered models, and queries for them, cannot hold.
_REPLACED = {".": "_dot_", "/": "_slash_", ":": "_colon_", "'": "_quote_", '"': "_quotes_", "`": "_backtick_"}
_RESTORED = {word: character for character, word in _REPLACED.items()}
_WORD = re.compile("|".join(_RESTORED))
# MLflow's names have at most 256 characters, of which a template needs some.
_LONGEST, _SHORTENED, _DIGITS = 120, 80, 32
_DIGEST = re.compile(f"~[0-9a-f]{{{_DIGITS}}}$")


def plain(text: str) -> str:
    """Return a name of at most 120 characters for a text, and for no other, that a registered model may have.

    What such names cannot hold is replaced by words. Only where the text could not be told from the result (it holds
    such a word already, is long, or has letters that are left out) is a digest of it put behind it.
    """
    made = "".join(_REPLACED.get(letter, letter if _kept(letter) else "_") for letter in text)
    restored = _WORD.sub(lambda found: _RESTORED[found[0]], made)
    if made and restored == text and made == made.strip() and len(made) <= _LONGEST and not _DIGEST.search(made):
        return made
    return f"{made[:_SHORTENED].strip()}~{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def filled(template: str, **fields: str) -> str:
    """Return a template with its fields filled in; raises TemplateError when it names others."""
    try:
        return template.format_map(fields)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{name}}}" for name in fields)
        raise TemplateError(f"The template '{template}' cannot be filled in: it may name {known}.") from error


def _kept(letter: str) -> bool:
    """Tell whether a letter may stand in a name: those of any language, and what ASCII can print."""
    return letter.isalnum() or (letter.isascii() and letter.isprintable())
