"""Targets: dotted paths such as `sklearn.ensemble:RandomForestClassifier`, checked without importing them."""

import importlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from swapbench.base.error import SwapError


def split(target: str, owner: str) -> tuple[str, str]:
    """Return (module, attribute) of a target `package.module:attribute`; `owner` is named in the SwapError."""
    module, colon, attribute = target.partition(":")
    parts = [*module.split("."), *attribute.split(".")]
    if not colon or not all(part.isidentifier() for part in parts):
        raise SwapError(f"{owner}: {target!r} is no target; write 'package.module:name', a dotted path to a callable.")
    return module, attribute


def check(target: str, owner: str) -> None:
    """Raise SwapError when the module of `target` cannot be found; nothing is imported."""
    module, _ = split(target, owner)
    if absent(module):
        raise SwapError(
            f"{owner}: there is no module {module!r} (from the target {target!r}); "
            "correct the path, or install the package that has it."
        )


def absent(module: str) -> bool:
    """Tell whether there is no such module; one inside an installed library may be there all the same, for some make
    theirs when they are imported."""
    top = find(module.partition(".")[0])
    within = top is not None and top.origin is not None and installed(Path(top.origin))
    return find(module) is None and not within


def resolve(target: str) -> Any:
    """Import the module of `target` and return its attribute; only ever called in a child."""
    module, _, attribute = target.partition(":")
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def installed(path: Path) -> bool:
    """Tell whether a file lies where libraries are installed."""
    return "site-packages" in path.parts or "dist-packages" in path.parts


@cache
def find(module: str) -> ModuleSpec | None:
    """Return the spec of a module, found part by part so that not even its parent packages are imported."""
    parent = module.rpartition(".")[0]
    above = find(parent) if parent else None
    if parent and (above is None or above.submodule_search_locations is None):
        return None
    locations = above.submodule_search_locations if above is not None else None
    return next(_specs(module, None if locations is None else list(locations)), None)


def _specs(name: str, locations: list[str] | None) -> Iterator[ModuleSpec]:
    for finder in sys.meta_path:
        try:
            spec = finder.find_spec(name, locations)
        except KeyError:  # a folder without __init__.py asks for its parent, which was not imported
            spec = _folders(name, locations or [])
        if spec is not None:
            yield spec


def _folders(name: str, locations: list[str]) -> ModuleSpec:
    """Return the spec of a package that is no more than folders."""
    spec = ModuleSpec(name, None, is_package=True)
    places = (Path(location) / name.rpartition(".")[2] for location in locations)
    spec.submodule_search_locations = [str(place) for place in places if place.is_dir()]
    return spec
