"""The house: which part may import which, read from the source itself."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INSTRUMENT = "harness/swapbench"
FAMILIES = "models/swapbench_models"
STATIONS = ("base", "plan", "run", "record", "judge", "show", "paired")
NUMERIC = {"numpy", "scipy", "sklearn", "torch", "tensorflow", "keras", "jax", "onnxruntime", "pandas", "polars"}
# Of each folder of these families, the others that it may import; the files beside them are for all.
ROOMS: Mapping[str, Mapping[str, set[str]]] = {
    "fingerprint": {
        "control": set(),
        "logs": set(),
        "model": set(),
        "pipeline": {"control", "logs", "model"},
        "measured": {"logs", "model", "pipeline"},
        "command": {"control", "logs", "model", "pipeline", "measured"},
    },
    "can": {
        "frames": set(),
        "data": {"frames"},
        "windows": {"frames"},
        "graphs": {"frames", "windows"},
        "timing": {"frames", "windows"},
        "networks": {"graphs"},
        "fusion": set(),
        "detector": {"frames", "windows", "graphs", "timing", "networks", "fusion"},
        "simple": {"frames", "windows", "detector"},
        "live": {"frames", "windows", "detector"},
        "runs": {"frames", "data", "windows", "detector"},
        "measured": {"frames", "data", "windows", "graphs", "detector"},
        "command": {"frames", "data", "windows", "graphs", "detector", "live", "runs"},
    },
}
ROOM_NAMES = [(family, room) for family, rooms in ROOMS.items() for room in rooms]
# Files beside the folders that lead into them.
ENTRIES = {"fingerprint": {"__init__", "__main__", "mlflow_store"}, "can": {"__init__", "__main__", "create"}}
_MODULE = re.compile(r"swapbench(_models)?(\.\w+)+")
PYTEST = {"pytest", "_pytest", "pytest_benchmark", "xdist", "pluggy"}
# What runs in the process that plans, or in the parent of a child; all else in `run` is a child's.
HEAVY = {"child", "clock", "folds", "model", "score", "scoring", "subject", "targets", "drawing", "diagnosis", "turns"}


def _sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _package(path: Path) -> list[str]:
    """Return the names of the package that a file lies in; `harness` and `models` are folders that hold packages."""
    parts = list(path.relative_to(ROOT).parent.parts)
    return parts[1:] if parts[0] in {"harness", "models"} else parts


def _names(path: Path, node: ast.AST) -> Iterator[str]:
    """Yield the modules an import statement names, and what it takes from them, which may be modules too."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = _package(path)[: len(_package(path)) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _imports(path: Path) -> set[str]:
    """Return everything a file imports anywhere, also inside functions and for type checking."""
    return {name for node in ast.walk(ast.parse(path.read_text())) for name in _names(path, node)}


def _started(path: Path) -> set[str]:
    """Return our own modules that a file names in its texts, as whoever starts one as a program does.

    A target, `module:name`, is none: like a user's it is resolved by whoever is handed it, in a child.
    """
    texts = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and _MODULE.fullmatch(text)}


def _imports_at_once(path: Path) -> set[str]:
    """Return what importing a file imports: not what stands in functions or is for type checking only."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        found.update(_names(path, node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting.extend(node.orelse)
            continue
        waiting.extend(ast.iter_child_nodes(node))
    return found


def _tops(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def _stations(modules: set[str]) -> set[str]:
    """Return the folders of the instrument that some modules lie in."""
    parts = (module.split(".") for module in modules if module.startswith("swapbench."))
    return {names[1] for names in parts if (ROOT / INSTRUMENT / names[1]).is_dir()}


def _offenders(folder: str, forbidden: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {', '.join(sorted(bad))}"
        for path in _sources(folder)
        if (bad := _tops(_imports(path)) & forbidden)
    ]


def test_instrument_and_families_and_bench_have_files_to_look_at() -> None:
    assert all(_sources(folder) for folder in (INSTRUMENT, FAMILIES, "bench"))
    assert all(_sources(f"{INSTRUMENT}/{station}") for station in (*STATIONS, "plugin", "commands"))


def test_the_instrument_never_imports_families_or_bench() -> None:
    assert _offenders(INSTRUMENT, {"swapbench_models", "bench"}) == []


def test_families_never_import_the_instrument_or_bench() -> None:
    """Nor start it by name: but for the entry of pytest, which must not lie under the instrument's own name."""
    assert _offenders(FAMILIES, {"swapbench", "bench"}) == []
    named = {path.name for path in _sources(FAMILIES) if any(name.startswith("swapbench.") for name in _started(path))}
    assert named == {"pytest_entry.py"}


def _parts(folder: str, modules: set[str]) -> set[str]:
    """Return the folders, and the files beside them, of a folder of packages that some modules lie in."""
    package = ".".join(_package(ROOT / folder / "__init__.py"))
    parts = {module.removeprefix(f"{package}.").partition(".")[0] for module in modules if f"{package}." in module}
    return {part for part in parts if (ROOT / folder / part).is_dir() or (ROOT / folder / f"{part}.py").is_file()}


def test_a_family_imports_no_other_and_what_they_share_imports_none() -> None:
    families = {path.parent.name for path in (ROOT / FAMILIES).glob("*/__main__.py")}
    assert {"neural", "fingerprint"} <= families
    parts = {path.stem for path in (ROOT / FAMILIES).iterdir() if path.suffix == ".py" or path.is_dir()}
    for part in parts - {"__pycache__"}:
        files = _sources(f"{FAMILIES}/{part}") or [ROOT / FAMILIES / f"{part}.py"]
        known = {name for path in files for name in _parts(FAMILIES, _imports(path))}
        assert known & families <= {part}, part


@pytest.mark.parametrize("family", ROOMS)
def test_the_rooms_of_a_family_are_these(family: str) -> None:
    assert {path.parent.name for path in (ROOT / FAMILIES / family).glob("*/__init__.py")} == {*ROOMS[family]}


@pytest.mark.parametrize(("family", "room"), ROOM_NAMES)
def test_a_room_of_a_family_imports_only_those_it_stands_on(family: str, room: str) -> None:
    folder, rooms = f"{FAMILIES}/{family}", ROOMS[family]
    entries = {*rooms} | (ENTRIES[family] if room not in {"command", "measured"} else set())
    for path in _sources(f"{folder}/{room}"):
        known = _parts(folder, _imports(path))
        assert known & entries <= {room, *rooms[room]}, path.relative_to(ROOT)


@pytest.mark.parametrize("family", ROOMS)
def test_what_all_rooms_of_a_family_share_imports_none(family: str) -> None:
    folder = f"{FAMILIES}/{family}"
    for path in (ROOT / folder).glob("*.py"):
        known = _parts(folder, _imports(path))
        assert path.stem in ENTRIES[family] or not known & {*ROOMS[family], *ENTRIES[family]}, path.name


def test_bench_imports_only_the_instrument_and_the_families() -> None:
    allowed = {"swapbench", "swapbench_models"} | sys.stdlib_module_names
    found = {name for path in _sources("bench") for name in _tops(_imports(path))}
    assert found <= allowed


@pytest.mark.parametrize("station", STATIONS)
def test_a_station_knows_only_the_stations_before_it(station: str) -> None:
    """Neither by import nor by the name of a module to be started."""
    before = {*STATIONS[: STATIONS.index(station) + 1]}
    wrong = {
        str(path.relative_to(ROOT)): later
        for path in _sources(f"{INSTRUMENT}/{station}")
        if (later := _stations(_imports(path) | _started(path)) - before)
    }
    assert wrong == {}


def test_no_file_imports_its_way_back_to_itself() -> None:
    files = {".".join([*_package(path), path.stem]): path for path in _sources(INSTRUMENT) if path.stem != "__init__"}
    needs = {name: {one for one in _imports_at_once(path) if one in files} for name, path in files.items()}
    while free := [name for name, others in needs.items() if not others & needs.keys()]:
        for name in free:
            del needs[name]
    assert sorted(needs) == []


def test_plugin_and_commands_do_not_know_each_other() -> None:
    for one, other in (("plugin", "commands"), ("commands", "plugin")):
        known = {path: _stations(_imports(path) | _started(path)) for path in _sources(f"{INSTRUMENT}/{one}")}
        assert [path for path, stations in known.items() if other in stations] == []


def test_only_the_plugin_imports_pytest() -> None:
    offenders = [line for line in _offenders(INSTRUMENT, PYTEST) if not line.startswith(f"{INSTRUMENT}/plugin/")]
    assert offenders == []
    assert _offenders(FAMILIES, PYTEST) == []


def test_no_numeric_library_is_imported_outside_the_children() -> None:
    run = _sources(f"{INSTRUMENT}/run")
    light = [path for path in run if path.stem not in HEAVY]
    assert len(run) - len(light) == len(HEAVY)
    for station in ("base", "plan", "record", "judge", "show", "paired", "plugin", "commands"):
        light += _sources(f"{INSTRUMENT}/{station}")
    offenders = {str(path.relative_to(ROOT)): _tops(_imports_at_once(path)) & NUMERIC for path in light}
    assert {path: bad for path, bad in offenders.items() if bad} == {}
