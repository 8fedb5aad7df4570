"""Targets: dotted paths such as `sklearn.ensemble:RandomForestClassifier`, checked without importing them."""

import ast
import hashlib
import importlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from harness.plan.error import SwapError


def split(target: str, owner: str) -> tuple[str, str]:
    """Return (module, attribute) of a target `package.module:attribute`; `owner` is named in the SwapError."""
    module, colon, attribute = target.partition(":")
    parts = [*module.split("."), *attribute.split(".")]
    if not colon or not all(part.isidentifier() for part in parts):
        raise SwapError(f"{owner}: {target!r} is no target; write 'package.module:name', a dotted path to a callable.")
    return module, attribute


def check(target: str, owner: str) -> None:
    """Raise SwapError when the module of `target` cannot be found; nothing is imported.

    A module inside an installed library passes: some libraries make theirs when they are imported.
    """
    module, _ = split(target, owner)
    top = find(module.partition(".")[0])
    if find(module) is None and not (top is not None and top.origin is not None and _installed(Path(top.origin))):
        raise SwapError(
            f"{owner}: there is no module {module!r} (from the target {target!r}); "
            "correct the path, or install the package that has it."
        )


def resolve(target: str) -> Any:
    """Import the module of `target` and return its attribute; only ever called in a child."""
    module, _, attribute = target.partition(":")
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


@cache
def find(module: str) -> ModuleSpec | None:
    """Return the spec of a module, found part by part so that not even its parent packages are imported."""
    spec: ModuleSpec | None = None
    name = ""
    for part in module.split("."):
        if name and (spec is None or spec.submodule_search_locations is None):
            return None
        locations = spec.submodule_search_locations if spec and name else None
        name = f"{name}.{part}" if name else part
        spec = next((found for found in _specs(name, locations)), None)
    return spec


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


@cache
def code_digest(target: str) -> str:
    """Return the SHA-256 of the source a target stands on.

    That is its module and every module these import, as far as they are the user's own: what lies in an installed
    distribution is identified by its version instead.
    """
    digest = hashlib.sha256()
    for name, path in sorted(sources(target).items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def sources(target: str) -> dict[str, Path]:
    """Return the files of the user's own modules that a target stands on, by module."""
    found: dict[str, Path] = {}
    waiting = [target.partition(":")[0]]
    while waiting:
        name = waiting.pop()
        path = None if name in found else _own_source(name)
        if path is not None:
            found[name] = path
            waiting.extend(_imported(name, path))
    return found


def _own_source(module: str) -> Path | None:
    if module.partition(".")[0] in sys.stdlib_module_names:
        return None
    spec = find(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    path = Path(spec.origin)
    return None if _installed(path) else path


def _installed(path: Path) -> bool:
    return "site-packages" in path.parts or "dist-packages" in path.parts


def _imported(module: str, path: Path) -> Iterator[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(package, node)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(package: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")
    kept = parents[: len(parents) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept)
