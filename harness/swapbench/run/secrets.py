"""Secrets: what the environment holds for nobody to read, left out of whatever a record keeps of what models say."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

# What names of variables hold whose values are secret; CI knows them by the same.
_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|(API|ACCESS|PRIVATE|SIGNING)_?KEY|AUTH", re.IGNORECASE)
_LEAST = 8  # letters: shorter ones are words that stand anywhere
_STARS = "***"


def secrets(declared: Iterable[tuple[str, str]] = ()) -> tuple[str, ...]:
    """Return the secret values of this process's environment, and of variables that are `declared` beside it, the
    longest first; of those of several lines each line too."""
    variables = [*os.environ.items(), *declared]
    values = [value for name, value in variables if _SECRET.search(name)]
    parts = {part.strip() for value in values for part in (value, *value.splitlines())}
    return tuple(sorted((part for part in parts if len(part) >= _LEAST), key=len, reverse=True))


def without(values: Any, known: tuple[str, ...]) -> Any:
    """Return plain values in whose texts stars stand for each secret that is known."""
    if isinstance(values, str):
        for secret in known:
            values = values.replace(secret, _STARS)
        return values
    if isinstance(values, Mapping):
        return {name: without(value, known) for name, value in values.items()}
    return [without(value, known) for value in values] if isinstance(values, list | tuple) else values
