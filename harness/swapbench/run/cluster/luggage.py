"""Luggage: the code that jobs stand on and no index has, gathered in one folder, to be sent along to other machines."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from swapbench.plan.code import code_of
from swapbench.plan.files import named_file, tree
from swapbench.plan.instrument import own_folder


def pack(modules: Mapping[str, Path], folder: Path) -> None:
    """Copy modules, each with the whole of its top package and the files that it names beside it, and the instrument,
    so that Python finds all of it when it looks in `folder`."""
    for place in _places(modules):
        _copy(place, folder / place.name)
    for named in code_of(*modules).files:
        owner, _, literal = named.removeprefix("beside ").partition(": ")
        if named.startswith("beside ") and "." not in owner:
            beside, target = named_file(modules[owner].parent, literal), folder / literal
            if beside is not None and target.resolve().is_relative_to(folder.resolve()):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(beside, target)
    _copy(own_folder(), folder / own_folder().name)


def _places(modules: Mapping[str, Path]) -> Iterable[Path]:
    """Return the files and folders of the top modules and packages, each once."""
    found: dict[Path, None] = {}
    for name, path in modules.items():
        depth = name.count(".") + (path.name == "__init__.py")
        found[path.parents[depth - 1] if depth else path] = None
    return found


def _copy(place: Path, target: Path) -> None:
    if place.is_file():
        shutil.copyfile(place, target)
        return
    for path in tree(place):
        own = target / path.relative_to(place)
        own.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, own)
