"""What the documentation shows works as it stands there."""

import re
from pathlib import Path

from sandbox import Sandbox

DOCS = Path(__file__).parent.parent / "docs"
_BLOCK = re.compile(r"```(?:python|toml)\n# (?P<path>\S+)\n(?P<code>.*?)```", re.DOTALL)


def _written(sandbox: Sandbox, page: str) -> set[str]:
    """Write the files that a page shows, and return their names."""
    files = {match["path"]: match["code"] for match in _BLOCK.finditer((DOCS / page).read_text())}
    for name, code in files.items():
        path = sandbox.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
    return set(files)


def test_the_example_of_ones_own_models_runs(sandbox: Sandbox) -> None:
    assert _written(sandbox, "your-own-models.md") == {
        *("bench/test_mine.py", "mypkg/data.py", "mypkg/nearest.py", "mypkg/lightgbm_backend.py")
    }

    run = sandbox.run("bench/", "--benchmark-only", "-q", "--swap-rounds=1")

    assert run.status == 0, run.output
    assert run.outcomes == {"passed": 12}
    for line in ("mine on data, quick, 3 folds", r"forest +sklearn", r"mean +python", ".*12 cells: 12 ok"):
        assert re.search(f"^{line}", run.out, re.MULTILINE)


def test_the_example_of_the_readme_runs(sandbox: Sandbox) -> None:
    assert _written(sandbox, "../README.md") == {"bench/test_mine.py"}
    run = sandbox.run("bench/", "--benchmark-only", "-q", "--swap-rounds=1", "--swap-folds=2", "--swap-slot=none")
    assert run.status == 0, run.output
    assert run.outcomes == {"passed": 8}


def test_the_declaration_takes_about_ten_lines() -> None:
    code = _BLOCK.search((DOCS / "your-own-models.md").read_text())
    assert code is not None
    assert len([line for line in code["code"].splitlines() if line.strip() not in ("", ")", "},")]) <= 11


def test_the_examples_of_how_to_run(sandbox: Sandbox) -> None:
    """Cells left out, skipped and expected to fail, settings of pyproject.toml over which options win, scores only."""
    _written(sandbox, "your-own-models.md")
    assert _written(sandbox, "how-to.md") == {"bench/test_partly.py", "pyproject.toml"}

    run = sandbox.run("bench/test_partly.py", "--benchmark-only", "--swap-slot=none", "--swap-rounds", "1")

    assert run.status == 0, run.output
    assert run.outcomes == {"passed": 12, "skipped": 2, "xfailed": 4}
    cells = list(run.planned.values())
    assert not [cell for cell in cells if cell.model == "forest" and cell.dataset == "again"]
    assert {cell.fold for cell in cells} == {0, 1}, "folds of pyproject.toml"
    measured = [record for record in run.records if record.samples]
    assert {(len(record.samples), record.environment["slot"]) for record in measured} == {(1, "none")}
    skipped, failed = sorted({record.reason for record in run.records if record.status == "skipped"}, reverse=True)
    assert skipped == "too slow on this machine"
    assert failed.startswith("expected to fail, it gives no probabilities: failed, mypkg.nearest:NearestMean gives a")
    assert (sandbox.folder / "report.md").is_file()
    assert "!baseline.json" in (sandbox.store / ".gitignore").read_text()


_FILE = r"`((?:%s)/[\w/]+\.py)`"
INSTRUMENT = DOCS.parent / "harness" / "swapbench"


def test_how_it_works_names_every_file_of_the_instrument_and_none_that_is_not_there() -> None:
    stations = sorted(path.name for path in INSTRUMENT.iterdir() if (path / "__init__.py").exists())
    text = (DOCS / "how-it-works.md").read_text()
    named = set(re.findall(_FILE % "|".join(stations), text))
    there = {str(path.relative_to(INSTRUMENT)) for station in stations for path in (INSTRUMENT / station).rglob("*.py")}
    assert named - there == set()
    assert {path for path in there if not path.endswith("__init__.py")} - named == set()
