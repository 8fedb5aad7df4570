"""Clusters: what is held against the planner's machine, what is sent along, and whose times are compared afterwards."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers import environment, record, sample, unwrapped
from sandbox import FAKE, LIGHT, Sandbox
from swapbench import Suite
from swapbench.base.error import SwapError
from swapbench.judge.comparability import obstacle
from swapbench.judge.ranking import standings
from swapbench.plan.cell import Cell
from swapbench.plan.code import code_of
from swapbench.plan.outline import Outline
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.run.cache import Cache, read_arrays, read_description, seal_of, write_arrays
from swapbench.run.cluster import luggage, node
from swapbench.run.cluster.footing import Footing, forget, targets
from swapbench.run.cluster.order import Order, ordered
from swapbench.run.cluster.supply import manifest, pieces, receive
from swapbench.run.job import Job
from swapbench.run.lease import Slot
from swapbench.run.settings import Settings
from swapbench.run.settling import job
from swapbench.show import text
from swapbench.show.comparison import comparisons
from swapbench.show.summary import summarize

# What a job stands on


def footing(**changes: Any) -> Footing:
    values = {
        "files": {"module mine": "1", "file mine/table.csv": "2"},
        "distributions": {"numpy": "2.4.6 abc", "scipy": None},
        "instrument": "3",
        "python": "CPython 3.11.7",
    }
    return Footing(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"python": "CPython 3.12.1"}, "its Python is CPython 3.12.1, and not CPython 3.11.7"),
        ({"instrument": "4"}, "its swapbench is another one"),
        ({"distributions": {"numpy": "2.4.5 abc", "scipy": None}}, "its numpy is 2.4.5, and not 2.4.6"),
        ({"distributions": {"numpy": "2.4.6 def", "scipy": None}}, "its numpy 2.4.6 is made of other files"),
        ({"distributions": {"numpy": "2.4.6 abc", "scipy": "1.0 x"}}, "its scipy is 1.0, and not not installed"),
        ({"files": {"module mine": "9", "file mine/table.csv": "2"}}, "module mine differs"),
        ({"files": {"module mine": "1"}}, "file mine/table.csv is lacking"),
    ],
)
def test_what_differs_on_a_node_is_named(changes: dict[str, Any], told: str | None) -> None:
    assert footing().difference(footing(**changes)) == told


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    """Return a job whose model lies in a package with a table, beside a module that names a file."""
    code = {
        "fake.py": FAKE + "\nNAMED = 'named.txt'\n",
        "named.txt": "beside it",
        "mine/__init__.py": "",
        "mine/deep/model.py": "from fake import Sign\nclass Own(Sign): pass\n",
        "mine/table.csv": "1,2",
        "mine/.gitignore": "*.csv",
        "other.py": "not needed",
    }
    for name, content in code.items():
        (tmp_path / "code" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "code" / name).write_text(content)
    monkeypatch.syspath_prepend(tmp_path / "code")
    forget()  # modules of the same names in other tests
    suite = Suite("any", models={"own": {"python": "mine.deep.model:Own"}}, dataset="fake:load", folds=2, **LIGHT)
    settings = Settings(tmp_path / "store", Slot("pinned", (0,)))
    data = tmp_path / "store" / "cache"
    monkeypatch.setattr("swapbench.run.settling.read_description", lambda _: {"sha256": "0" * 64})
    made = job(suite, suite.phases["fit"], Cell("any", "own", "python", "data", 1, "fit", "quick"), settings)
    assert not data.exists()
    yield made
    forget()


def test_what_is_sent_along_has_all_that_is_known_of_the_code_and_python_finds_it(planned: Job, tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    luggage.pack(code_of(*targets([planned])).modules, folder)
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {name for name in found if not name.startswith("swapbench/")} == {
        *("fake.py", "named.txt", "mine/__init__.py", "mine/deep/model.py", "mine/table.csv"),
        "mine/.gitignore",
    }
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1])\n"
        "from swapbench.run.cluster.footing import Footing\nfrom swapbench.run.job import Job\n"
        "print(Footing.of(Job.from_dict(json.loads(sys.argv[2]))).digest)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), json.dumps(planned.as_dict())],
        cwd=tmp_path,
        env={name: value for name, value in environment().items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (Footing.of(planned).digest, "")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"python": "CPython 2.7.18"}, "its Python is CPython 3."),
        ({"files": {"module fake": "0"}}, "beside fake: named.txt differs"),
    ],
)
def test_a_node_whose_code_differs_executes_nothing_and_says_what(
    planned: Job, tmp_path: Path, changes: dict[str, Any], told: str | None
) -> None:
    known = asdict(Footing.of(planned))
    home = {
        "settings": Settings(tmp_path / "store", Slot("none", (0,))).as_dict(),
        "folder": str(tmp_path),
        "paths": sys.path,
    }
    order = ordered(0, [planned], "", apart=False)
    program = "import sys; from swapbench.run.cluster.node import execute\nprint(next(execute(*sys.argv[1:4])))"
    done = subprocess.run(
        [sys.executable, "-c", program, *map(json.dumps, (home, {**known, **changes}, order.as_dict()))],
        env=environment(TMPDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=True,
    )
    event = json.loads(done.stdout)
    assert event["event"] == ("began" if told is None else "unfit")
    assert event.get("why", "").startswith(told or "")


def test_a_store_that_others_can_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWAPBENCH_NODE_STORE", str(tmp_path / "shared"))
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    with pytest.raises(
        SwapError, match="shared, for what it makes, is not this user's alone; name another folder with"
    ):
        node.own_store()


def test_rows_of_one_fold_share_a_node_unless_machines_are_alike(planned: Job) -> None:
    assert ordered(0, [planned], "", apart=False).together == "any on data, fold 1"
    assert ordered(0, [planned], "", apart=True).together == ""


# Data that is sent


@pytest.fixture
def sent(tmp_path: Path) -> tuple[Cache, dict[str, Any], list[bytes]]:
    """Return a cache with an entry, `data-1`, its manifest, and its pieces."""
    cache = Cache(tmp_path / "planner")
    arrays = {"X": np.arange(12.0).reshape(4, 3), "y": np.arange(4)}
    cache.make("data-1", lambda folder: write_arrays(folder, arrays, {"/nowhere/a.csv": "gone"}))
    told = json.loads(json.dumps(manifest(cache, "data-1")))
    return cache, told, list(pieces(cache, told))


def test_data_arrives_whole_and_asks_for_no_files_that_are_not_there(
    sent: tuple[Cache, dict[str, Any], list[bytes]], tmp_path: Path
) -> None:
    cache, told, brought = sent
    there = Cache(tmp_path / "node")
    there.make("data-1", lambda folder: (folder / "other").touch())  # made there, of other files
    receive(there, told, brought)
    assert there.sound("data-1")
    assert read_arrays(there.entry("data-1"))["X"].tolist() == read_arrays(cache.entry("data-1"))["X"].tolist()
    assert read_description(there.entry("data-1"))["read"] == {}
    assert seal_of(there.entry("data-1")) != seal_of(cache.entry("data-1"))


@pytest.mark.parametrize("damage", ["flipped", "short", "nothing"])
def test_data_that_arrives_damaged_is_not_kept(
    sent: tuple[Cache, dict[str, Any], list[bytes]], tmp_path: Path, damage: str
) -> None:
    _, told, brought = sent
    bent = {
        "flipped": [bytes([brought[0][0] ^ 1]) + brought[0][1:], *brought[1:]],
        "short": brought[:-1],
        "nothing": [],
    }
    there = Cache(tmp_path / "node")
    with pytest.raises(SwapError, match="has arrived damaged from where the run was planned"):
        receive(there, told, bent[damage])
    assert not there.has("data-1")


@pytest.mark.parametrize("name", ["../../outside", "/outside", "a\\..\\b"])
def test_no_file_that_is_sent_lies_outside_its_entry(
    sent: tuple[Cache, dict[str, Any], list[bytes]], tmp_path: Path, name: str
) -> None:
    _, told, brought = sent
    told["files"] = {name: next(iter(told["files"].values()))}
    with pytest.raises(SwapError, match="is no name of a file in an entry"):
        receive(Cache(tmp_path / "node"), told, brought)
    assert not (tmp_path / "outside").exists()


# Times of several machines

ROWS = ("a", "b", "c")
OUTLINE = Outline.of(
    Suite("mine", models={name: {"sklearn": "fake:Lin"} for name in ROWS}, dataset="fake:load", metrics=["accuracy"])
)


def measured(model: str, *hosts: str, wall_s: float = 1.0, **machine: Any) -> list[Record]:
    """Return the records of a row, a fold a host."""
    return [
        record(
            model,
            fold=fold,
            scores={"accuracy": 0.9},
            samples=tuple(sample(wall_s * (1 + step / 1000)) for step in range(5)),
            environment={
                "threads": 1,
                "slot": "pinned",
                "machine": {"cpu": "x", "host": host, "memory_bytes": len(host), **machine},
            },
        )
        for fold, host in enumerate(hosts)
    ]


def table(*records: Record) -> str:
    (comparison,) = comparisons(OUTLINE, records, [one.cell for one in records])
    return "\n".join(text.table(comparison))


def test_rows_of_another_machine_have_their_times_and_no_ratio_and_are_not_ranked() -> None:
    records = [
        *measured("a", "m1", "m2"),
        *measured("b", "m1", "m2", wall_s=2.0),
        *measured("c", "m1", "m3", wall_s=0.5),
    ]
    time = next(one for one in standings(OUTLINE, records) if one.kind == "time")
    assert set(time.ratios) == {"a-sklearn", "b-sklearn"}
    assert (time.winner, time.unranked) == ("a-sklearn", (("c-sklearn", "measured on another machine"),))
    score = next(one for one in standings(OUTLINE, records) if one.kind == "score")
    assert score.unranked == ()
    shown = table(*records)
    assert "3 machines" in shown
    assert [line.count("x") for line in shown.splitlines() if line.startswith("b ")] == [2]
    assert [line.count("x") for line in shown.splitlines() if line.startswith("c ")] == [0]
    run = Run("r", (OUTLINE,), {str(one.cell): one.cell for one in records}, tuple(records))
    told = unwrapped(" ".join(text.lines(summarize(run))))
    assert "not ranked in fit time and fit memory: c-sklearn (measured on another machine)" in told


def test_machines_of_one_class_are_compared_and_others_are_not() -> None:
    one, other = (measured("a", host, **{"class": "node"})[0] for host in ("m1", "machine2"))
    assert obstacle(one, other, "speed") is None
    (alone,), (named,) = measured("a", "m1"), measured("a", "m1", **{"class": "node"})
    assert obstacle(alone, named, "speed") == "the machine class differs: None before, node now"
    assert obstacle(alone, named, "scores") is None
    (slower,) = measured("a", "m1", **{"class": "node", "cpu": "y"})
    assert obstacle(named, slower, "speed") == "the machine cpu differs: x before, y now"
    spread = [*measured("a", "m1", **{"class": "n"}), *measured("b", "m2", **{"class": "n"})]
    assert "machines" not in table(*spread)
    assert set(next(iter(standings(OUTLINE, spread))).ratios) == {"a-sklearn", "b-sklearn"}


def test_a_class_of_machines_is_in_the_records_and_of_the_experiment(sandbox: Sandbox) -> None:
    sandbox.suite("toy", phases=["fit"])
    run = sandbox.measure("--swap-machine-class=laptop", "--swap-model=sign")
    assert {one.environment["machine"]["class"] for one in run.records} == {"laptop"}
    assert all(one.environment["machine"]["host"] for one in run.records)
    again = sandbox.run("--benchmark-only", "--swap-rounds=1", "--swap-model=sign", "--swap-resume")
    assert again.status == pytest.ExitCode.USAGE_ERROR
    assert "was measured with --swap-machine-class laptop" in again.output


# The command


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("slurm", "there is no such engine; known are local, ray, ray://host:port; write 'package.module:name'"),
        ("local://here:1", "there is no such engine; known are local, ray, ray://host:port"),
        ("ray://here", "'here' is no address; write host:port, as `ray start` prints it."),
        ("ray://a;b:1", "'a;b:1' is no address"),
    ],
)
def test_what_is_no_cluster_is_a_usage_error(sandbox: Sandbox, name: str, words: str) -> None:
    sandbox.suite("toy")
    run = sandbox.measure(f"--swap-engine={name}")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert f"--swap-engine {name}: {words}" in run.output
    assert "Traceback" not in run.output


def test_workers_of_xdist_are_not_wanted_beside_a_cluster(sandbox: Sandbox) -> None:
    sandbox.suite("toy")
    run = sandbox.measure("--swap-engine=ray", "-n2")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "--swap-engine ray: it executes several cells at once without pytest-xdist" in run.output


def test_without_ray_one_sentence_says_what_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from importlib.metadata import PackageNotFoundError

    from swapbench.run.engine import engine

    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", absent)
    with pytest.raises(SwapError) as refused:
        engine("ray", Settings(tmp_path, Slot("none", (0,))), print)
    assert str(refused.value) == (
        "--swap-engine ray: it needs Ray, which is not installed: pip install 'swapbench[ray]'."
    )


def test_ray_is_imported_by_nobody_who_has_not_asked_for_it() -> None:
    """Nor by who plans and records for a cluster: the process that speaks with it is another."""
    program = "import sys; import swapbench.run.cluster.engine, swapbench.run.cluster.node; print('ray' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_order_is_the_same_after_it_was_written_down(planned: Job) -> None:
    made = ordered(3, [planned, replace(planned, rounds=2)], "footing", apart=False)
    written = json.dumps(made.as_dict())
    assert json.dumps(Order.from_dict(json.loads(written)).as_dict()) == written
