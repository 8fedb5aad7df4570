"""Situations: what `swapbench compare` makes of any two files, its sentence and its exit status (see docs/gate.md)."""

import json
import math
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers import record, sample
from swapbench import Suite
from swapbench.base.packing import pack
from swapbench.judge.judgement import judge
from swapbench.plan.outline import Outline
from swapbench.record import document
from swapbench.record.record import Record
from swapbench.record.run import Run

OUTLINE = Outline.of(
    Suite("mine", models={"lin": {"sklearn": "fake:Lin"}}, dataset="fake:load", metrics=["accuracy"], folds=1)
)
TIMES = tuple(1 + number / 1000 for number in range(10))
ALIKE = tuple(time + 0.0005 for time in TIMES)
ENVIRONMENT = {
    "threads": 1,
    "slot": "exclusive",
    "batch_size": None,
    "versions": {"numpy": "2.0"},
    "machine": {"host": "abc", "cpu": "fast"},
}


def measured(
    times: Sequence[float] = TIMES, environment: Mapping[str, Any] = ENVIRONMENT, peak: int = 2**24, **changes: Any
) -> Record:
    """Return the record of the one cell, fit of lin on data."""
    samples = tuple(sample(time, peak_memory_bytes=peak) for time in times)
    values = {"samples": samples, "environment": dict(environment), "scores": {"accuracy": 0.9}, "seeded": False}
    return record(**{**values, "predictions_sha256": "same", **changes})


def scored(right: Sequence[bool], digest: str) -> Record:
    """Return the record of the cell with the results of its examples."""
    accuracy = sum(right) / len(right)
    each = {"accuracy": _packed(right)}
    return measured(
        scores={"accuracy": accuracy},
        examples=each,
        predictions_sha256=digest,
        test_examples=len(right),
        train_examples=len(right),
    )


def _packed(right: Sequence[bool]) -> str:
    import numpy as np

    return pack(np.array(right, dtype=bool))


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(name: str, *records: Record) -> Path:
        planned = {f"bench/test_mine.py::test[{one.cell}]": one.cell for one in records}
        document.write(tmp_path / name, Run(name, (OUTLINE,), planned, records), {})
        return tmp_path / name

    return write


def compare(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "swapbench.commands.main", "compare", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def verdicts(before: Path, now: Path) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return the exit status with --fail, and the kind and sentence of the verdict on each metric."""
    done = compare(before, now, "--fail", "--json")
    found = json.loads(done.stdout)["verdicts"]
    return done.returncode, {verdict["metric"]: (verdict["kind"], verdict["sentence"]) for verdict in found}


def in_step(factor: float) -> tuple[Record, Record]:
    """Return both sides of 20 rounds in step, on a machine whose pace changes by half from call to call and from round
    to round; the second side does `factor` times the work."""
    draw = random.Random(0)  # noqa: S311  # nothing is hidden by these numbers

    def walls(pace: Sequence[float], work: float) -> list[float]:
        return [work * each * draw.uniform(0.99, 1.01) for each in pace]

    before, after = [], []
    for number in range(20):
        slow = draw.uniform(1.0, 1.3)
        pace = [slow * draw.uniform(1.0, 1.2) for _ in range(40)]
        shared = {"together": str(number), "server": str(number), "peak_memory_bytes": 2**24}
        before.append(sample(walls=walls(pace, 1.0), **shared))
        after.append(sample(walls=walls(pace, factor), **shared))
    return measured(samples=tuple(before)), measured(samples=tuple(after))


SLOWER = measured(tuple(1.5 * time for time in TIMES))
LARGER = measured(peak=2**25)
RIGHT = [True] * 1900 + [False] * 100


@pytest.mark.parametrize(
    ("now", "metric", "kind", "words", "status"),
    [
        (measured(ALIKE), "fit_time", "equivalent", "within 2%", 0),
        (SLOWER, "fit_time", "regressed", "REGRESSED, worse by more than 2%: 1.00 s -> 1.51 s, 1.500x", 1),
        (measured(tuple(time / 2 for time in TIMES)), "fit_time", "improved", "better by more than 2%", 0),
        (measured((0.9, 1.001, 1.05, 1.003, 1.2) * 2), "fit_time", "inconclusive", "neither to be within 2% nor", 3),
        (
            measured((1.5, 1.6)),
            "fit_time",
            "inconclusive",
            "too few to show that anything got worse",
            3,
        ),
        (measured((1.5, 1.6, 1.55)), "fit_time", "inconclusive", "beyond 2% by its interval, which is one of 95 %", 3),
        (LARGER, "peak_memory", "regressed", "REGRESSED, worse by more than 0.5 MiB: 16.0 MiB -> 32.0 MiB", 1),
        (measured(parameters=8), "parameters", "different", "7 -> 8", 0),
    ],
)
def test_a_cell_that_both_have_is_judged_metric_by_metric(
    write: Any, now: Record, metric: str, kind: str, words: str, status: int
) -> None:
    before = write("a.json", measured(parameters=7) if metric == "parameters" else measured())
    code, found = verdicts(before, write("b.json", now))
    assert found[metric][0] == kind
    assert words in found[metric][1]
    assert code == status


@pytest.mark.parametrize(("factor", "kind"), [(1.0, "equivalent"), (1.05, "regressed"), (0.95, "improved")])
def test_calls_made_in_step_are_compared_one_by_one(write: Any, factor: float, kind: str) -> None:
    before, now = in_step(factor)
    told = verdicts(write("a.json", before), write("b.json", now))[1]["fit_time"]
    assert told[0] == kind
    assert f"{factor:.2f}" in told[1].partition(", ")[2].partition(" over")[0]
    apart = [replace(side, samples=tuple({**one, "together": None} for one in side.samples)) for side in (before, now)]
    told = verdicts(write("c.json", apart[0]), write("d.json", apart[1]))[1]["fit_time"]
    assert told[0] == "inconclusive"


@pytest.mark.parametrize(
    ("wrong", "kind", "status"),
    [(0, "equivalent", 0), (4, "equivalent", 0), (12, "inconclusive", 3), (80, "regressed", 1)],
)
def test_scores_are_compared_example_by_example(write: Any, wrong: int, kind: str, status: int) -> None:
    right = [False] * wrong + RIGHT[wrong:]
    now = replace(scored(right, "b"), samples=measured(ALIKE).samples)
    code, found = verdicts(write("a.json", scored(RIGHT, "a")), write("b.json", now))
    assert found["accuracy"][0] == kind
    if wrong:
        assert f"over 2,000 examples, {wrong} right only before and 0 only now" in found["accuracy"][1]
    assert code == status


def test_identical_predictions_are_equivalent_whatever_is_allowed(write: Any) -> None:
    _, found = verdicts(write("a.json", scored(RIGHT, "same")), write("b.json", scored(RIGHT, "same")))
    assert found["accuracy"][0] == "equivalent"
    assert "identical predictions in 1 fold" in found["accuracy"][1]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"machine": {"host": "xyz", "cpu": "fast"}}, "the machine host differs: abc before, xyz now"),
        ({"threads": 2}, "the threads differs: 1 before, 2 now"),
        ({"slot": "pinned"}, "the slot differs: exclusive before, pinned now"),
        ({"device": "NVIDIA H100"}, "the device differs: None before, NVIDIA H100 now"),
        ({"batch_size": 32}, "the batch size differs: None before, 32 now"),
        ({"versions": {"numpy": "2.1"}}, "the version of numpy differs: 2.0 before, 2.1 now"),
    ],
)
def test_records_made_under_different_conditions_are_incomparable_and_the_key_is_named(
    write: Any, change: dict[str, Any], key: str
) -> None:
    now = measured(environment={**ENVIRONMENT, **change})
    code, found = verdicts(write("a.json", measured()), write("b.json", now))
    assert found["time and memory"][0] == "incomparable"
    assert key in found["time and memory"][1]
    assert code == 3


def test_records_of_two_engines_are_comparable_and_so_are_those_from_before_engines_were_named(write: Any) -> None:
    before, local = write("before.json", measured()), {**ENVIRONMENT, "engine": "local"}
    files = [write(f"{name}.json", measured(environment={**local, "engine": name})) for name in ("local", "mine:Own")]
    for one, other in ((before, files[0]), files):
        assert verdicts(one, other)[1]["time and memory"][0] == "equivalent"


def test_another_profile_is_incomparable_and_neither_new_nor_missing(write: Any) -> None:
    now = measured()
    now = replace(now, cell=replace(now.cell, profile="paper"))
    code, found = verdicts(write("a.json", measured()), write("b.json", now))
    assert {kind for kind, _ in found.values()} == {"incomparable"}
    assert "the profile differs: quick before, paper now" in found["time and memory"][1]
    assert code == 3


def test_a_new_cell_is_new_and_a_vanished_one_missing(write: Any) -> None:
    both, other = measured(), measured(model="other")
    code, found = verdicts(write("a.json", both), write("b.json", both, other))
    assert found[""] == ("new", "mine: fit of other-sklearn on data, fold 0: new, the baseline does not have it.")
    assert code == 0
    code, found = verdicts(write("a.json", both, other), write("b.json", both))
    assert found[""][0] == "missing"
    assert "fit of other-sklearn on data, fold 0: MISSING, the baseline has it" in found[""][1]
    assert code == 1


def test_a_cell_that_failed_is_missing_and_says_why(write: Any) -> None:
    failed = measured(times=(), status="failed", reason="ValueError: no", scores={})
    code, found = verdicts(write("a.json", measured()), write("b.json", failed))
    assert found[""][0] == "missing"
    assert "now it is failed: ValueError: no" in found[""][1]
    assert code == 1


def test_a_cell_that_had_failed_in_the_baseline_is_new(write: Any) -> None:
    failed = measured(times=(), status="failed", reason="ValueError: no", scores={})
    code, found = verdicts(write("a.json", failed), write("b.json", measured()))
    assert found[""][0] == "new"
    assert code == 3  # nothing could be judged


def test_a_file_compared_with_itself_is_equivalent(write: Any) -> None:
    file = write("a.json", measured())
    code, found = verdicts(file, file)
    assert {kind for kind, _ in found.values()} == {"equivalent"}
    assert "these are the same samples" in found["time and memory"][1]
    assert code == 0


def test_without_fail_the_verdicts_are_only_shown(write: Any) -> None:
    done = compare(write("a.json", measured()), write("b.json", SLOWER))
    assert done.returncode == 0
    assert "REGRESSED" in done.stdout


BAD = {
    "empty": ("", "the file is empty"),
    "damaged": ('{"swapbench": 2, "rec', "it is damaged or no JSON"),
    "other": ('{"hello": 1}', "it is neither a report of swapbench nor a file of pytest-benchmark"),
    "past": ('{"swapbench": 1}', "a document of version 1, not 2"),
    "future": (
        '{"swapbench": 99}',
        "a newer swapbench wrote it (a document of version 99, and this one knows those up",
    ),
    "record of the future": (
        '{"swapbench": 2, "records": [{"version": 99}]}',
        "a newer swapbench wrote it (a record of version 99, and this one knows those up to 2); update swapbench, or",
    ),
    "list": ("[1, 2]", "it is neither a report"),
    "bytes": ("\x00\x01", "it is damaged or no JSON"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_file_that_cannot_be_used_is_one_line_and_status_2(write: Any, tmp_path: Path, bad: str) -> None:
    text, words = BAD[bad]
    (tmp_path / "bad.json").write_text(text)
    done = compare(write("a.json", measured()), tmp_path / "bad.json", "--fail")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert "bad.json" in line
    assert words in line


DAMAGED: dict[str, tuple[dict[str, Any], str]] = {
    "garbage": ({"examples": {"accuracy": "garbage"}}, "examples['accuracy'] is 'garbage' and not results"),
    "cut": ({"examples": {"accuracy": _packed(RIGHT)[:-8]}}, "examples['accuracy'] is 'b2000:"),
    "short": ({"samples": [{"wall_s": 1.0, "contaminated": False}]}, "samples[0].walls is lacking"),
    "text": ({"samples": [{"wall_s": "1", "walls": [1], "contaminated": False}]}, "samples[0].wall_s is '1' and not a"),
    "status": ({"status": "fine"}, "status is 'fine' and not one of ok, failed"),
    "place": ({"environment": {"threads": "two"}}, "environment.threads is 'two' and not a whole number"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_report_with_a_damaged_record_is_one_line_and_status_2_on_either_side(
    write: Any, tmp_path: Path, damage: str
) -> None:
    change, words = DAMAGED[damage]
    good = write("good.json", scored(RIGHT, "same"))
    content = json.loads(good.read_text())
    content["records"][0].update(change)
    (tmp_path / "bad.json").write_text(json.dumps(content))
    for sides in ((good, "bad.json"), ("bad.json", good)):
        done = compare(*(tmp_path / side for side in sides))
        (line,) = done.stderr.splitlines()
        assert done.returncode == 2
        assert (
            f"bad.json: it is neither a report of swapbench nor a file of pytest-benchmark (ValueError: {words}" in line
        )


def test_a_file_that_is_not_there_is_one_line_and_status_2(write: Any, tmp_path: Path) -> None:
    done = compare(write("a.json", measured()), tmp_path / "none.json")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"swapbench compare: {tmp_path / 'none.json'}: it cannot be read (No such file or directory)."
    ]


def test_files_without_a_cell_in_common_are_bad_input(write: Any) -> None:
    done = compare(write("a.json", measured()), write("b.json", measured(model="other")), "--fail")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert "have no cell in common" in line
    assert "fit of other-sklearn" in line


def benchmarks(*times: float, name: str = "test_sort", **changes: Any) -> dict[str, Any]:
    """Return a file as pytest-benchmark writes it for one test that is not of a suite."""
    stats = {"min": min(times), "data": list(times)}
    entry = {"name": name, "fullname": f"tests/test_x.py::{name}", "group": None, "extra_info": {}, "stats": stats}
    return {"benchmarks": [{**entry, **changes}], "machine_info": {"node": "here"}, "datetime": "2026-01-01T00:00:00"}


@pytest.mark.parametrize(
    ("factor", "noise", "kind", "words", "status"),
    [
        (
            2.0,
            0.0,
            "regressed",
            "worse by more than 2% and the 10% that a process's life alone may make",
            1,
        ),
        (0.5, 0.0, "improved", "better by more than 2% and the 10%", 0),
        (1.08, 0.0, "inconclusive", "shown neither to be within 2% and the 10%", 3),
        (1.15, 0.5, "inconclusive", "shown neither to be within 2% and the 10%", 3),
    ],
    ids=["slower", "faster", "within a process's life", "within the noise of the calls"],
)
def test_one_process_a_side_says_what_is_beyond_its_life_and_its_noise(
    tmp_path: Path, factor: float, noise: float, kind: str, words: str, status: int
) -> None:
    times = [time * (1 + noise * (number % 2)) for number, time in enumerate(TIMES)]
    for name, by in (("a.json", 1.0), ("b.json", factor)):
        (tmp_path / name).write_text(json.dumps(benchmarks(*(by * time for time in times))))
    code, found = verdicts(tmp_path / "a.json", tmp_path / "b.json")
    assert found["call_time"][0] == kind
    assert words in found["call_time"][1]
    assert "tests/test_x.py: test_sort" in found["call_time"][1]
    assert "over 10 + 10 calls of one process a side" in found["call_time"][1]
    assert code == status


def _saved_without_calls(path: Path, by: float, rounds: int, spread: float = 0.01) -> Path:
    stats = {"min": by, "q1": by, "median": (1 + spread) * by, "q3": (1 + 2 * spread) * by, "rounds": rounds}
    path.write_text(json.dumps(benchmarks(by, stats=stats)))
    return path


@pytest.mark.parametrize(
    ("rounds", "spread", "kind"),
    [(50, 0.01, "regressed"), (1, 0.0, "inconclusive"), (9, 0.01, "inconclusive"), (50, 3.0, "inconclusive")],
)
def test_a_file_without_the_calls_is_judged_by_their_quartiles_and_their_number(
    tmp_path: Path, rounds: int, spread: float, kind: str
) -> None:
    files = [_saved_without_calls(tmp_path / f"{by}.json", by, rounds, spread) for by in (1.0, 1.3)]
    _, found = verdicts(*files)
    assert found["call_time"][0] == kind
    assert f"over the quartiles of {rounds} + {rounds} calls of one process a side" in found["call_time"][1]


@pytest.mark.parametrize(
    "stats",
    [{"data": [1.0]}, {"min": 1.0, "rounds": 50}, {"data": [0.0] * 10}],
    ids=["one call", "least call", "nothing"],
)
def test_what_the_calls_cannot_tell_beside_quartiles_is_inconclusive_either_way(
    tmp_path: Path, stats: dict[str, Any]
) -> None:
    known = _saved_without_calls(tmp_path / "known.json", 1.0, 50)
    (tmp_path / "other.json").write_text(json.dumps(benchmarks(1.0, stats=stats)))
    for pair in ((known, tmp_path / "other.json"), (tmp_path / "other.json", known)):
        status, found = verdicts(*pair)
        assert (status, found["call_time"][0]) == (3, "inconclusive")
        assert "nan" not in found["call_time"][1]


def test_what_a_life_may_make_is_the_users_to_say(tmp_path: Path) -> None:
    files = [_saved_without_calls(tmp_path / f"{by}.json", by, 50) for by in (1.0, 2.0)]
    done = compare(*files, "--fail", "--life=99")
    assert done.returncode == 3, done.stdout
    assert compare(*files, "--life=100").returncode == 2


@pytest.mark.parametrize("rounds", [3, 5, 10])
def test_false_alarms_are_bounded_over_a_whole_file_of_plain_tests(rounds: int) -> None:
    source = np.random.default_rng(rounds)
    sides = []
    for _ in range(2):
        entries = [
            benchmarks(*source.lognormal(-7, 0.3, rounds), name=f"test_{number}")["benchmarks"][0]
            for number in range(500)
        ]
        sides.append(document.from_values({"benchmarks": entries, "machine_info": {"node": "here"}}, "file"))
    assert {verdict.kind for verdict in judge(*sides)} == {"inconclusive"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda entries: entries + entries, "two of its entries are of one test, tests/test_x.py::test_sort"),
        (lambda entries: [{**entries[0], "stats": {"data": [math.nan, 1.0]}}], "has a call that took no time"),
        (lambda entries: [{**entries[0], "stats": {"data": [-1.0]}}], "has a call that took no time"),
    ],
    ids=["twice", "nan", "negative"],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, change: Any, words: str) -> None:
    content = benchmarks(*TIMES)
    (tmp_path / "a.json").write_text(json.dumps({**content, "benchmarks": change(content["benchmarks"])}))
    done = compare(tmp_path / "a.json", tmp_path / "a.json")
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())


def test_companions_are_no_times(tmp_path: Path) -> None:
    """A score of 0.5 where it was 1 is no test that takes half as long."""
    for name, score in (("a.json", 1.0), ("b.json", 0.5)):
        content = benchmarks(*TIMES)
        more = {"companion_of": content["benchmarks"][0]["fullname"], "metric": "accuracy"}
        content["benchmarks"] += benchmarks(score, name="test_sort::accuracy", extra_info=more)["benchmarks"]
        (tmp_path / name).write_text(json.dumps(content))
    code, found = verdicts(tmp_path / "a.json", tmp_path / "b.json")
    assert (code, list(found)) == (0, ["time and memory"])


FAILED = {"times": (), "status": "failed", "reason": "ValueError: no", "scores": {}}
SKIPPED = {"times": (), "status": "skipped", "reason": "jax is not installed", "scores": {}}


@pytest.mark.parametrize(
    ("before", "now", "kind", "words", "status"),
    [
        (FAILED, FAILED, "inconclusive", "in the baseline it was failed: ValueError: no, and now it is failed: Val", 3),
        (None, FAILED, "inconclusive", "the baseline does not have it, and now it is failed: ValueError: no", 3),
        (FAILED, None, "inconclusive", "it was failed: ValueError: no, and this run has no record of it", 3),
        (SKIPPED, FAILED, "inconclusive", "it was skipped: jax is not installed, and now it is failed", 3),
        (SKIPPED, SKIPPED, "incomparable", "neither side can run it: jax is not installed", 0),
        (None, SKIPPED, "incomparable", "neither side can run it: jax is not installed", 0),
    ],
)
def test_what_neither_side_has_measured_has_a_verdict_with_a_name(
    write: Any, before: dict[str, Any] | None, now: dict[str, Any] | None, kind: str, words: str, status: int
) -> None:
    sides = [[measured(), *([measured(model="other", **own)] if own is not None else [])] for own in (before, now)]
    code, found = verdicts(write("a.json", *sides[0]), write("b.json", *sides[1]))
    assert found[""][0] == kind
    assert "fit of other-sklearn on data, fold 0: " in found[""][1]
    assert words in found[""][1]
    assert code == status


def test_a_planned_cell_without_a_record_has_a_verdict(tmp_path: Path) -> None:
    one, other = measured(), measured(model="other")
    planned = {"test[one]": one.cell, "test[other]": other.cell}
    for name in ("a.json", "b.json"):
        document.write(tmp_path / name, Run(name, (OUTLINE,), planned, (one,)), {})
    code, found = verdicts(tmp_path / "a.json", tmp_path / "b.json")
    assert found[""][0] == "inconclusive"
    assert "fit of other-sklearn on data, fold 0: inconclusive, nothing to compare: the baseline" in found[""][1]
    assert code == 3
