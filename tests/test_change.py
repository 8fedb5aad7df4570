"""What `ab` need not measure: only what it knows to be the same, and never a cell that it cannot measure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from swapbench.base.error import SwapError
from swapbench.judge.gate import FINE, UNKNOWN, Gate
from swapbench.judge.verdict import Verdict
from swapbench.paired.change import Change
from swapbench.paired.side import Side, unmatched
from swapbench.plan.cell import Cell
from swapbench.plan.instrument import own_folder
from swapbench.record.run import Run
from swapbench.run.backends import BACKENDS
from swapbench.run.cache import read_arrays
from swapbench.run.job import Job
from swapbench.run.lease import Slot
from swapbench.run.repository import Repository
from swapbench.run.request import Request
from swapbench.run.settings import Settings
from swapbench.run.supervisor import Supervisor
from swapbench.show import files
from swapbench.show.summary import summarize

HERE = Path(__file__).parent.parent


def job_of(key: str = "k", factory: str = "pk:Model", computed: tuple[str, ...] = ()) -> Job:
    request = Request("round", "", BACKENDS["python"], 1, 0, (0,), "", "", factory=factory)
    cell = Cell("mine", "m", "python", "data", 0, "fit", "quick")
    return Job(cell, request, 1, key, "", {}, computed, replace(request, action="prepare"))


def change(*files: str, prose: bool = False) -> Change:
    return Change(Repository(HERE), files, prose)


@pytest.mark.parametrize("file", ["README.md", "docs/table.csv", "deep/notes.rst", "pk/m.py", "pk/__pycache__/m.pyc"])
def test_a_cell_of_the_same_key_is_the_same_whatever_was_written_or_is_in_keys(file: str) -> None:
    assert change(file).spares(job_of(), job_of())
    assert not change(file).spares(job_of("before"), job_of("after"))


@pytest.mark.parametrize("file", ["vocabulary.txt", "weights.bin", "conf.toml", "Makefile", "submodule", "data/docs/a"])
def test_a_change_of_anything_that_models_may_read_spares_no_cell(file: str) -> None:
    assert not change("README.md", file).spares(job_of(), job_of())
    assert change("README.md", file).unseen == [file]


@pytest.mark.parametrize("ending", [".html", ".json", ".csv", ".md"])
def test_a_report_that_lies_in_the_repository_is_nothing_that_models_read(tmp_path: Path, ending: str) -> None:
    files.write(summarize(Run("run", (), {}, ())), tmp_path / f"report{ending}")
    (tmp_path / f"data{ending}").write_text("a table of somebody's")
    changed = Change(Repository(tmp_path), [f"report{ending}"])
    assert changed.spares(job_of(), job_of())
    assert Change(Repository(tmp_path), [f"data{ending}"]).spares(job_of(), job_of()) == (ending == ".md")


@pytest.mark.parametrize("file", ["README.md", "docs/table.csv"])
def test_documentation_is_data_where_code_reads_it(file: str) -> None:
    assert not change(file, prose=True).spares(job_of(), job_of())


def test_code_that_computes_what_it_imports_is_measured_when_any_code_has_changed() -> None:
    computing = job_of(computed=("pk.plugins",))
    assert not change("elsewhere.py").spares(computing, computing)
    assert change("README.md").spares(computing, computing)
    assert change().spares(computing, computing)


def test_one_cache_serves_both_sides_only_where_keys_show_all_that_has_changed() -> None:
    plain, computing = side(), replace(side(), computed=("pk.plugins",))
    assert change("a.py", "README.md").shown(plain)
    assert not change("train.csv").shown(plain)
    assert not change("a.py").shown(computing)
    assert change("README.md").shown(computing)


def test_of_the_instrument_itself_there_is_one_and_its_changes_are_not_measured() -> None:
    own = job_of(factory="swapbench.commands.selfcheck.workloads:Empty")
    changed = Change(Repository(own_folder().parents[1]), ["harness/swapbench/run/clock.py"])
    assert changed.beyond_measuring(own)
    assert not changed.beyond_measuring(job_of())
    assert not Change(Repository(own_folder().parents[1]), ["models/swapbench_models/neural/data.py"]).beyond_measuring(
        own
    )


def side(**changes: object) -> Side:
    values = {"run": Run("HEAD", (), {}, ()), "jobs": {}, "absent": {}, "source": {}, "modules": {}, **changes}
    return Side(settings=Settings(Path("store"), Slot("exclusive", (0,))), **values)  # type: ignore[arg-type]


def test_code_that_both_sides_would_share_is_refused(tmp_path: Path) -> None:
    repository, tree = tmp_path / "repository", tmp_path / "tree"
    for folder in (repository / "pk", tree):
        folder.mkdir(parents=True)
    changed = Change(Repository(repository), [])
    changed.check(side(modules={"pk": tree / "pk.py"}), side(), tree)
    (tree / "pk").symlink_to(repository / "pk")  # of an absolute link, every checkout leads to the same place
    for shared in (repository / "pk" / "m.py", tree / "pk" / "m.py"):
        with pytest.raises(SwapError, match="both sides would be the same code"):
            changed.check(side(modules={"pk.m": shared}), side(), tree)


def test_an_installed_copy_of_the_repositorys_own_code_is_refused(tmp_path: Path) -> None:
    changed = Change(Repository(tmp_path), [])
    changed.check(side(), side(copies={"other": tmp_path.parent / "other"}), tmp_path / "tree")
    for path in (tmp_path, tmp_path / "dist" / "mine.whl"):
        with pytest.raises(SwapError, match=r"mine is installed as a copy made from .* --editable"):
            changed.check(side(), side(copies={"mine": path}), tmp_path / "tree")


def test_a_package_that_is_a_link_is_found_in_the_folder_of_the_link(tmp_path: Path) -> None:
    (tmp_path / "shared" / "code").mkdir(parents=True)
    (tmp_path / "pk").symlink_to(tmp_path / "shared" / "code")
    assert side(modules={"pk.m": tmp_path / "pk" / "m.py"}).roots == [tmp_path]


def test_every_planned_cell_that_is_not_measured_on_both_sides_has_a_verdict() -> None:
    cells = [Cell("mine", "m", "python", "data", fold, "fit", "quick") for fold in range(5)]
    both, new, gone, neither, lost = cells
    planned = {str(cell): cell for cell in cells}

    def having(jobs: list[Cell], absent: dict[Cell, str], *left_out: Cell) -> Side:
        known = {test: cell for test, cell in planned.items() if cell not in left_out}
        return side(run=Run("HEAD", (), known, ()), jobs={cell: job_of() for cell in jobs}, absent=absent)

    old = having([both, gone, lost], {neither: "jax is not installed"}, new)
    now = having([both, new], {neither: "jax is not installed", lost: "x is not installed"}, gone)
    verdicts = {verdict.cell: verdict for verdict in unmatched(old, now)}
    assert {cell: verdict.kind for cell, verdict in verdicts.items()} == {
        new: "new",
        gone: "missing",
        neither: "incomparable",
        lost: "missing",
    }
    assert verdicts[neither].reason == "neither side can run it: jax is not installed"
    assert verdicts[lost].reason == "HEAD has it, HEAD cannot run it: x is not installed"


def test_what_neither_side_can_run_lets_a_gate_pass_that_has_judged_something() -> None:
    cell = Cell("mine", "m", "python", "data", 0, "fit", "quick")
    absent, same = Verdict.absent(cell, "jax is not installed"), Verdict("equivalent", cell, (0,), "", "")
    assert Gate("HEAD", (absent, same)).status == FINE
    assert Gate("HEAD", (absent,)).status == UNKNOWN
    assert Verdict.from_dict(absent.as_dict()) == absent
    assert "jax is not installed" in absent.sentence()


def test_two_backends_of_one_name_have_a_server_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the same time, as the two sides of a comparison are, and one after the other."""
    (tmp_path / "named.py").write_text("import os\ndef load():\n    return [[int(os.environ['MARK'])]], [0]\n")
    monkeypatch.syspath_prepend(tmp_path)
    supervisor = Supervisor(Slot("none", (0,)), 1, 0)

    def request(mark: str) -> Request:
        backend = replace(BACKENDS["python"], environment=(("MARK", mark),), preload=())
        dataset = {"loader": "named:load", "version": "1", "sha256": None, "options": {}, "reads_files": False}
        given = {**dataset, "name": "d", "data_dir": None}
        return Request("prepare", "", backend, 1, 0, (0,), str(tmp_path / mark), "key", dataset=given)

    try:
        outcomes = [*supervisor.run(request("1"), request("2")), *supervisor.run(request("3"))]
    finally:
        supervisor.close()
    assert [outcome.status for outcome in outcomes] == ["ok"] * 3, outcomes
    assert len({outcome.server for outcome in outcomes}) == 3
    marks = [int(np.ravel(read_arrays(tmp_path / mark / "key")["X"])[0]) for mark in ("1", "2", "3")]
    assert marks == [1, 2, 3]
