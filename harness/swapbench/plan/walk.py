"""The walk from some modules to all that can be reached from them, of which nothing is imported.

Every module that can be imported is one of four kinds: the interpreter's own (known by its version), an installed
distribution's (known by version and the checksums of its files, with all it requires), the instrument's (known by the
digest of all its files), and everything else, which is the user's own and known by its contents: the modules that can
be reached, their parent packages, every other file of these packages, and files beside them that they name.
"""

import os
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from swapbench.plan import distribution
from swapbench.plan.files import file_digest, named_file, on_disk, tree
from swapbench.plan.instrument import is_instrument
from swapbench.plan.source import source
from swapbench.plan.target import find, installed

_STANDARD = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})


@dataclass
class Walk:
    """The way from the modules that are `waiting` to all that can be reached from them, which fills the other fields.

    `modules`, `distributions`, `computed` and `prose` are those of Code, `files` the digests of the modules and of what
    they name; `packages` are the folders of the own top packages; `lists` says that own modules list folders.
    """

    waiting: list[str]
    modules: dict[str, Path] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    packages: dict[str, list[Path]] = field(default_factory=dict)
    distributions: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)
    prose: bool = False
    lists: bool = False
    _seen: set[str] = field(default_factory=set)

    def reach(self) -> None:
        """Go all the way; raises SwapError where a file on it cannot be read."""
        while self.waiting:
            name = self.waiting.pop()
            if name and name not in self._seen:
                self._seen.add(name)
                self.waiting.append(name.rpartition(".")[0])  # importing a module runs its packages first
                self._visit(name)

    def _visit(self, name: str) -> None:
        top, spec = name.partition(".")[0], find(name)
        if is_instrument(name) or spec is None:
            return
        places = [Path(place) for place in spec.submodule_search_locations or ()]
        files = [Path(spec.origin)] if spec.has_location and spec.origin else places
        if _standard(spec.origin, files):
            return
        own = [path for path in files if not _of_distribution(top, path)]  # folders of one name may be of both kinds
        if len(own) < len(files):
            self.distributions.update(map(distribution.normalized, distribution.owners()[top]))
        if not own:
            return
        if name == top and places:
            self.packages[top] = [place for place in (places if own == files else own) if place.is_dir()]
        if spec.has_location and spec.origin:
            self._enter(name, Path(os.path.abspath(spec.origin)), bool(places))

    def _enter(self, name: str, path: Path, is_package: bool) -> None:
        self.modules[name] = path
        self.files[f"module {name}"] = file_digest(on_disk(path))
        if path.suffix != ".py" or not path.is_file():  # an extension, or a module in an archive
            return
        text = source(path)
        self.prose |= text.prose
        self.lists |= text.lists
        self.waiting += text.modules(name if is_package else name.rpartition(".")[0])
        for literal in text.strings - text.written:
            beside = named_file(path.parent, literal)
            if beside is not None:
                self.files[f"beside {name}: {literal}"] = file_digest(beside)
        if text.computed:
            self.computed.add(name)
            self._reach_all_around(name, path)

    def _reach_all_around(self, name: str, path: Path) -> None:
        """Take in every module of a computing one's package, or of the folder that it lies in outside any."""
        depth = name.count(".") + (path.name == "__init__.py")
        root = path.parents[depth]
        for found in tree(path.parents[depth - 1] if depth else root, importable=True):
            parts = found.relative_to(root).with_suffix("").parts
            if found.suffix != ".py":
                continue
            if all(part.isidentifier() for part in parts):
                self.waiting.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
            else:  # nothing imports a file of that name, but it may be run
                self.files[f"script {found.relative_to(root)}"] = file_digest(found)


def _standard(origin: str | None, files: Iterable[Path]) -> bool:
    if origin in {"built-in", "frozen"}:
        return True
    found = [str(path) for path in files]
    return bool(found) and all(path.startswith(_STANDARD) and not installed(Path(path)) for path in found)


def _of_distribution(top: str, path: Path) -> bool:
    """Tell whether a module is an installed distribution's: it lies where these do, and one of them says it is its own.

    A module that somebody has put there by hand, or a link to a folder of their own, has no version to know it by.
    """
    return top in distribution.owners() and (installed(path) or installed(path.resolve()))
