"""Code: what a target stands on, in the one place that decides what is the same and what must be measured again.

Every module that can be imported is one of four kinds: the interpreter's own (known by its version), an installed
distribution's (known by version and the checksums of its files, with all it requires), the instrument's (known by the
digest of all its files), and everything else, which is the user's own and known by its contents: the modules that can
be reached, their parent packages, every other file of these packages, and files beside them that they name.
"""

import hashlib
import json
import os
import platform
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.plan import distribution
from swapbench.plan.source import source
from swapbench.plan.target import find, installed

_INSTRUMENT = __name__.partition(".")[0]
_STANDARD = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})
_SCORING = ("numpy", "scikit-learn")
PYTHON = (".py", ".pyi", ".pyc", ".pyo")
PROSE = (".md", ".rst")
# Bigger ones (weights) are known by size and time of change, for reading them would make planning slow.
_READ_WHOLE_BYTES = 64 * 2**20
_KERNELS = ("/proc/", "/sys/", "/dev/")


@dataclass(frozen=True)
class Code:
    """What some modules stand on.

    `modules` are the own ones with their files, `files` the digests of these and of all other own files that count, by
    names that are the same in every checkout; `distributions` are those that own modules import themselves; `computed`
    are own modules that import what no reading of them can tell for certain; `prose` says that own modules name files
    of the kinds that are documentation elsewhere.
    """

    modules: Mapping[str, Path] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    distributions: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    prose: bool = False

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all that determines what this code does."""
        known = {
            "files": dict(self.files),
            "distributions": fingerprints(self.distributions),
            "instrument": instrument(),
            "python": f"{platform.python_implementation()} {platform.python_version()}",
        }
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def fingerprints(names: Iterable[str]) -> dict[str, str | None]:
    """Return what tells installations of some distributions apart, with those of all that they require, and of those
    that the instrument splits and scores with."""
    wanted = distribution.with_requirements({*names, *_SCORING})
    return {name: distribution.fingerprint(name) for name in wanted}


def code_of(*targets: str) -> Code:
    """Return what targets or modules stand on together; nothing is imported."""
    return _code_of(tuple(sorted({target.partition(":")[0] for target in targets})))


@cache
def instrument() -> str:
    """Return the digest of the instrument's own files, which decide how everything is measured."""
    folder = own_folder()
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        whole.update(f"{path.relative_to(folder)}\0{_digest(path)}\0".encode())
    return whole.hexdigest()


def is_instrument(target: str) -> bool:
    """Tell whether a target is part of the instrument itself, of which there is one, whatever it measures."""
    return target.partition(":")[0].partition(".")[0] == _INSTRUMENT


def own_folder() -> Path:
    """Return the folder of the instrument's package."""
    return Path(__file__).parents[1]


def forget() -> None:
    """Read own code and what is told of installed one anew from now on, as another process would."""
    for known in (find, source, _digest, _code_of, distribution.fingerprint, distribution.requirements):
        known.cache_clear()


@cache
def _code_of(targets: tuple[str, ...]) -> Code:
    walk = _Walk(list(targets))
    walk.reach()
    return Code(
        walk.modules,
        {**walk.files, **dict(_package_files(walk.packages, prose=walk.prose or walk.lists))},
        tuple(sorted(walk.distributions)),
        tuple(sorted(walk.computed)),
        walk.prose,
    )


@dataclass
class _Walk:
    """The way from some modules to all that can be reached from them."""

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
        self.files[f"module {name}"] = _digest(_on_disk(path))
        if path.suffix != ".py" or not path.is_file():  # an extension, or a module in an archive
            return
        text = source(path)
        self.prose |= text.prose
        self.lists |= text.lists
        self.waiting += text.modules(name if is_package else name.rpartition(".")[0])
        for literal in text.strings - text.written:
            beside = _named_file(path.parent, literal)
            if beside is not None:
                self.files[f"beside {name}: {literal}"] = _digest(beside)
        if text.computed:
            self.computed.add(name)
            self._reach_all_around(name, path)

    def _reach_all_around(self, name: str, path: Path) -> None:
        """Take in every module of a computing one's package, or of the folder that it lies in outside any."""
        depth = name.count(".") + (path.name == "__init__.py")
        root = path.parents[depth]
        for found in _tree(path.parents[depth - 1] if depth else root, importable=True):
            parts = found.relative_to(root).with_suffix("").parts
            if found.suffix != ".py":
                continue
            if all(part.isidentifier() for part in parts):
                self.waiting.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
            else:  # nothing imports a file of that name, but it may be run
                self.files[f"script {found.relative_to(root)}"] = _digest(found)


def _package_files(packages: Mapping[str, list[Path]], *, prose: bool) -> Iterator[tuple[str, str]]:
    """Yield name and digest of every file of some packages that is not Python.

    Documentation is left out: `.md` and `.rst` files, unless own code has such an ending in a text, or lists
    folders (`prose`).
    """
    left_out = PYTHON if prose else (*PYTHON, *PROSE)
    for name, folders in packages.items():
        for folder in folders:
            for path in _tree(folder):
                if path.suffix not in left_out:
                    yield f"file {name}/{path.relative_to(folder)}", _digest(path)


def _tree(folder: Path, *, importable: bool = False) -> Iterator[Path]:
    """Yield the files below a folder, through links too, but not those that tools make: hidden folders, compiled code,
    installed libraries, virtual environments, what packaging leaves; `importable` ones only where modules can lie."""
    entered: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in entered or "pyvenv.cfg" in names:
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and (name.isidentifier() or not importable)
            and name not in {"__pycache__", "site-packages", "dist-packages", "node_modules"}
            and not name.endswith((".egg-info", ".dist-info"))
        )
        yield from (path for name in sorted(names) if (path := Path(place, name)).is_file())


def _named_file(folder: Path, text: str) -> Path | None:
    """Return the file that a text names, seen from a folder, unless it is Python or the kernel's."""
    if not 0 < len(text) < 255 or ("." not in text and "/" not in text) or not text.isprintable():
        return None
    path = folder / text
    try:
        counts = path.is_file() and path.suffix not in PYTHON and not str(path).startswith(_KERNELS)
    except OSError:  # too long for a path
        return None
    return path if counts else None


@cache
def _digest(path: Path) -> str:
    try:
        told = path.stat()
        if told.st_size > _READ_WHOLE_BYTES:
            return f"{told.st_size} bytes of {told.st_mtime_ns}"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SwapError(
            f"{path} cannot be read ({error.strerror}), and models may stand on it; make it readable."
        ) from error


def _on_disk(path: Path) -> Path:
    """Return the file that a module's path lies in: itself, or the archive that holds it."""
    return next((place for place in (path, *path.parents) if place.is_file()), path)


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
