"""The table [tool.swapbench] of a project's pyproject.toml: options that hold where the command line gives none."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from swapbench.base import content
from swapbench.base.error import SwapError

FILE = "pyproject.toml"
_MOST_BYTES = 1 << 22
_TEXT, _NUMBER, _PATH, _PATHS, _SWITCH = "a string", "a number", "a path", "a list of paths", "true or false"
# What selects, resumes or gates is a matter of the moment and belongs on the command line.
_KEYS = {
    "profile": _TEXT,
    "folds": _NUMBER,
    "rounds": _NUMBER,
    "timeout": _NUMBER,
    "threads": _NUMBER,
    "slot": _TEXT,
    "seed": _NUMBER,
    "memory-limit": _TEXT,
    "data": _PATH,
    "store": _PATH,
    "baseline": _PATH,
    "budget": _NUMBER,
    "report": _PATHS,
    "strict": _SWITCH,
    "companions": _SWITCH,
}


def arguments(root: Path, given: Sequence[str]) -> list[str]:
    """Return the table of a root folder as arguments to go before those that are `given`.

    Paths in it are relative to the root folder. Raises SwapError for a key that is not known.
    """
    path = root / FILE
    return [argument for key, value in _read(path).items() for argument in _arguments(path, key, value, given)]


def path_of(root: Path, key: str) -> Path | None:
    """Return a path that the table of a root folder sets, or None; raises SwapError as `arguments` does."""
    (option,) = [one for one in arguments(root, []) if one.startswith(f"--swap-{key}=")] or [""]
    return Path(option.partition("=")[2]) if option else None


def _read(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(content.text(path, _MOST_BYTES)) if path.is_file() else {}
    except (OSError, ValueError, RecursionError) as error:
        raise SwapError(f"{path}: it cannot be read as TOML ({error}).") from error
    tools = values.get("tool", {})
    found = tools.get("swapbench", {}) if isinstance(tools, dict) else {}
    if not isinstance(found, dict):
        raise SwapError(f"{path}: tool.swapbench is no table; write it as [tool.swapbench].")
    return found


def _arguments(path: Path, key: str, value: Any, given: Sequence[str]) -> list[str]:
    owner, kind = f"{path}, [tool.swapbench]", _KEYS.get(key)
    if kind is None:
        raise SwapError(f"{owner}: there is no setting {key!r}; known are {', '.join(_KEYS)}.")
    texts = value if isinstance(value, list) else [value]
    fits = {
        _TEXT: isinstance(value, str),
        _PATH: isinstance(value, str),
        _PATHS: isinstance(value, list) and all(isinstance(one, str) for one in texts),
        _NUMBER: isinstance(value, int | float) and not isinstance(value, bool),
        _SWITCH: isinstance(value, bool),
    }
    if not fits[kind]:
        raise SwapError(f"{owner}: {key} = {value!r} is not {kind}.")
    option = f"--swap-{key}"
    if kind == _SWITCH:
        return [option if value else f"--no-swap-{key}"]
    if kind == _PATHS and any(one == option or one.startswith(f"{option}=") for one in given):
        return []  # repeatable: those on the command line would come on top of these, not in their place
    return [f"{option}={path.parent / one if kind in (_PATH, _PATHS) else one}" for one in texts]
