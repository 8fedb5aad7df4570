"""The gate's error rates: what a trial measures, and how rates are made of trials."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import psutil
import pytest

from swapbench.commands.selfcheck.gate.change import CHANGES
from swapbench.commands.selfcheck.gate.check import VERSION
from swapbench.commands.selfcheck.gate.rates import findings
from swapbench.commands.selfcheck.gate.rules import RULES
from swapbench.commands.selfcheck.gate.spread import components
from swapbench.commands.selfcheck.gate.trial import Compared, run_trial
from swapbench.commands.selfcheck.gate.workloads import KINDS, Workload, accuracy, truth
from swapbench.run.lease import place
from swapbench.run.machine import cores


def comparison(change: str, kind: str, after: float = 1.0) -> Compared:
    """Return a comparison whose three verdicts are all of one kind, of two sides with 10 rounds of 20 calls."""
    verdicts = dict.fromkeys(("predict_time", "peak_memory", "accuracy"), kind)
    calls = [[1.0 + call / 1e4 for call in range(20)]] * 10
    slower = [[after * call for call in round_] for round_ in calls]
    return Compared("loop", 0, change, verdicts, 10, 1.0, calls, slower, calls, slower)


@pytest.mark.long
def test_a_trial_sees_what_was_really_added_and_nothing_where_nothing_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(tmp_path / "locks"))
    trial = run_trial(tmp_path, 0, place("exclusive", 1, 0, 1))
    made = {one.change: one.verdicts for one in trial}
    same = trial[[one.change for one in trial].index("nothing")]
    assert len(same.again_before) == len(same.again_after) == same.rounds
    assert set(made) == {change.name for change in CHANGES}
    assert "regressed" not in made["nothing"].values()
    assert made["nothing"]["accuracy"] == made["slower25"]["accuracy"] == "equivalent"
    assert made["larger2"]["peak_memory"] == made["larger16"]["peak_memory"] == "regressed"
    assert made["slower10"]["accuracy"] == "regressed"


@pytest.mark.parametrize("kind", KINDS)
def test_every_workload_does_its_work_and_predicts_as_told(kind: str) -> None:
    X, labels = truth()
    assert accuracy(labels, Workload(kind, units=1, held=1, errors=100).predict(X)) == pytest.approx(0.95)
    assert accuracy(labels, Workload(kind, units=1, held=1, errors=140).predict(X)) == pytest.approx(0.93)


def test_a_less_accurate_workload_asks_for_as_much_memory_as_any() -> None:
    X, _ = truth()
    asked = []
    for errors in (100, 100, 140):  # the first only imports
        work = Workload("text", units=1, held=1, errors=errors)
        tracemalloc.start()
        work.predict(X)
        asked.append(tracemalloc.get_traced_memory())
        tracemalloc.stop()
    assert asked[1] == asked[2]


def test_rates_count_false_alarms_and_what_was_caught() -> None:
    made = [comparison("nothing", "equivalent")] * 3 + [comparison("nothing", "regressed")]
    for change in CHANGES[1:]:
        made += [comparison(change.name, "regressed", 1.3), comparison(change.name, "inconclusive")]
    found = {finding.name: finding for finding in findings(made, "quiet")}
    assert found["quiet: cells falsely alarmed"].value == 25.0
    assert not found["quiet: cells falsely alarmed"].fine
    assert found["quiet: runs of 100 cells falsely alarmed"].value == pytest.approx(100.0, abs=0.1)
    assert found["quiet: same code called equivalent"].value == 75.0
    assert found["quiet: predict time + 5 % caught"].value == 50.0
    assert not found["quiet: predict time + 5 % caught"].fine
    assert all(finding.fine for finding in findings(made, "noisy") if "caught" in finding.name)


def test_other_rules_see_a_slowdown_beyond_their_thresholds() -> None:
    assert {name: rule(comparison("slower25", "", 1.3)) for name, rule in RULES.items()} == dict.fromkeys(RULES, True)
    assert {name: rule(comparison("nothing", "", 1.0)) for name, rule in RULES.items()} == dict.fromkeys(RULES, False)
    assert {name: rule(comparison("slower5", "", 1.07)) for name, rule in RULES.items()} == {
        "pytest-benchmark mean:5%": True,
        "pytest-benchmark min:5%": True,
        "asv": False,
    }


def servers(seed: int, between: float, trials: int = 200, count: int = 16) -> list[list[list[float]]]:
    """Return trials of servers of two rounds each, which spread by 1 within a server; every trial has its own level."""
    source = np.random.default_rng(seed)
    levels = 10 * source.standard_normal((trials, 1, 1)) + between * source.standard_normal((trials, count, 1))
    return (levels + source.standard_normal((trials, count, 2))).tolist()


@pytest.mark.parametrize("between", [0.0, 0.5, 2.0])
def test_the_spread_between_servers_is_told_from_that_within_them(between: float) -> None:
    found = components(servers(0, between))
    assert found is not None
    assert found.between == pytest.approx(between, abs=0.1)
    assert found.within == pytest.approx(1.0, rel=0.03)


def test_the_components_are_those_of_the_analysis_of_variance() -> None:
    """Against the mean squares worked out by hand: 12 between two groups of two, 1 within them."""
    found = components([[[0.0, 2.0**0.5], [12.0**0.5, 12.0**0.5 + 2.0**0.5]]])
    assert found is not None
    assert (found.between, found.within) == (pytest.approx((11 / 2) ** 0.5), pytest.approx(1.0))


def test_one_server_has_no_spread_to_tell() -> None:
    assert components([[[1.0, 2.0]], []]) is None
    assert components([[[1.0], [2.0]]]) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers=0"], "--workers 0: this process may use"),
        (["--comparisons=0"], "--comparisons 0: give a positive number"),
        (["--samples=bad.jsonl"], "bad.jsonl, line 1: no trial is kept there"),
        (["--samples=old.jsonl"], "old.jsonl, line 1: a trial of version 1, judged by other rules"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "bad.jsonl").write_text(f'{{"version": {VERSION}}}\n')
    (tmp_path / "old.jsonl").write_text('{"condition": "quiet", "comparisons": []}\n')
    command = [sys.executable, "-m", "swapbench.commands.main", "selfcheck", "--gate", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_neighbours_end_with_whoever_started_them() -> None:
    script = (
        "import psutil, time\n"
        "from swapbench.commands.selfcheck.gate.neighbour import neighbour\n"
        "with neighbour():\n"
        "    time.sleep(2)  # they have imported numpy and begun\n"
        "    print(*(child.pid for child in psutil.Process().children()), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        neighbours = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(neighbours) == len(cores())
    gone, alive = psutil.wait_procs(neighbours, timeout=10)
    assert (len(gone), alive) == (len(neighbours), [])
