"""Rounds: what one measures is exactly the phase that was asked for, as it was declared."""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from rounds import FINE, Bench, measure, opened
from swapbench import Backend, Phase
from swapbench.base.error import SwapError
from swapbench.plan.suite import Suite
from swapbench.run.backends import BACKENDS, adapter
from swapbench.run.cache import Cache
from swapbench.run.lease import Mode, Slot
from swapbench.run.provisions import Provisions
from swapbench.run.supervisor import Supervisor

MIB = 2**20
FAKE = Backend("fake", "faked", preload=("faked",), adapter="faked:Faked")
_MODELS = '''
class Chained(Model):
    """Notes what each of its phases is given."""

    def note(self, call, X, y):
        self.calls = [*getattr(self, "calls", []), call]
        tell(self.log, call=call, rows=len(X), labels=y is not None)

    def load(self, X, y=None): self.note("load", X, y)
    def index(self, X, y=None): self.note("index", X, y)
    def search(self, X, y=None): self.note("search", X, y)

class Prepared(Model):
    def prepare(self, X): self.rows = len(X)
    def fit(self, X, y): tell(self.log, fitted=self.rows)

class Returning(Model):
    def run(self, X): return b"1" * (64 << 20)

class Busy(Model):
    """Fits for so many milliseconds, without a break."""

    def fit(self, X, y):
        self.drawn = float(np.random.random())
        end = time.perf_counter() + self.milliseconds / 1e3
        while time.perf_counter() < end:
            pass
        tell(self.log, drawn=self.drawn, at=time.monotonic(), milliseconds=self.milliseconds)

    def predict(self, X):
        return np.full(len(X), int(np.random.random() < self.drawn))

class Slower(Busy): pass

class Empty(Model): pass

class Unrepeatable(Model):
    made = 0

    def fit(self, X, y):
        Unrepeatable.made += 1
        if Unrepeatable.made > 1:
            raise RuntimeError("one is enough.")

the_only_one = Busy(milliseconds=0.5, log=os.devnull)

class Heavy(Model):
    def fit(self, X, y): self.held = b"1" * (16 << 20)

class Trained(Model):
    """Is trained for a while, and can be kept."""

    def fit(self, X, y):
        tell(self.log, call="fit", began=time.monotonic())
        time.sleep(0.5)
        tell(self.log, call="fitted")

    def save_fitted(self, path): path.mkdir()
    def load_fitted(self, path): pass

class Untrainable(Model):
    """Cannot be kept, so it is trained in every round."""

    def fit(self, X, y):
        tell(self.log, call="fit", at=time.monotonic())
        time.sleep(0.3)
        tell(self.log, call="fitted", at=time.monotonic())

    def predict(self, X):
        tell(self.log, call="predict", at=time.monotonic())
        time.sleep(0.01)
        return np.zeros(len(X), int)

class OnDevice(Untrainable): pass

class Picky(Model):
    """Needs more rows than two to predict anything."""

    def predict(self, X):
        import torch
        if len(X) < 5:
            raise ValueError("give me five rows or more.")
        return ((torch.ones(len(X), 3) @ torch.ones(3, 2))[:, 0].numpy() * 0).astype(int)

class Hopeless(Model):
    """Predicts once, and then never again."""

    def predict(self, X):
        if getattr(self, "done", False):
            raise ValueError("once is enough")
        self.done = True
        return np.zeros(len(X), int)
'''


_FAKED = """
from swapbench import Adapter, Device

class Fake(Device):
    name, lease = "fake device", "fake/0"

class Faked(Adapter):
    def device(self): return Fake()
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("rounds")
    (folder / "faked.py").write_text(_FAKED)
    with opened(folder, _MODELS) as made:
        yield made


# What goes before a phase


def test_what_goes_before_a_phase_runs_as_it_was_declared_and_after_what_it_follows_itself(bench: Bench) -> None:
    phases = [
        Phase("load", part="all"),
        Phase("index", part="train", labels=True, after="load"),
        Phase("search", after="index", repeats=2),
    ]
    bench.measured("search", "Chained", phases=phases)
    assert [(told["call"], told["rows"], told["labels"]) for told in bench.last_told] == [
        ("load", 60, False),
        ("index", 30, True),
        ("search", 30, False),
        ("search", 30, False),
    ]


def test_what_a_fitted_model_has_gone_through_determines_it(bench: Bench) -> None:
    def fitted(part: str) -> str:
        prepare = Phase("prepare", part=part)  # type: ignore[arg-type]  # one of the three
        fit = Phase("fit", part="train", labels=True, after="prepare")
        (rounds,) = bench.sides("predict", "Prepared", phases=[prepare, fit, "predict"])
        return rounds.job.request.fitted

    assert fitted("train") != fitted("all")


def test_phases_cannot_follow_each_other_in_a_circle() -> None:
    with pytest.raises(SwapError, match=r"suite round: phase '\w' cannot come after '\w', which comes after it"):
        Suite(
            "round",
            models={"m": {"python": "m:M"}},
            dataset="m:d",
            phases=[Phase("a", after="b"), Phase("b", after="a")],
        )


# Memory


@pytest.mark.parametrize("repeats", [1, 5])
def test_a_result_counts_once_however_often_the_call_is_repeated(bench: Bench, repeats: int) -> None:
    rounds = bench.measured("run", "Returning", phases=[Phase("run", repeats=repeats, warmups=repeats // 5)])
    assert rounds.samples[-1]["peak_memory_bytes"] / MIB == pytest.approx(64, abs=1.0)


def test_further_models_of_a_short_phase_do_not_count(bench: Bench) -> None:
    sample = bench.measured("fit", "Heavy", short=True).samples[-1]
    assert sample["models"] > 1
    assert sample["peak_memory_bytes"] / MIB == pytest.approx(16, abs=1.0)


# Short phases


@pytest.mark.parametrize(("milliseconds", "most"), [(0.5, 40), (5, 4), (15, 2), (25, 1)])
def test_a_short_phase_is_called_on_fresh_models_until_all_took_20_milliseconds(
    bench: Bench, milliseconds: float, most: int
) -> None:
    rounds = bench.measured("fit", "Busy", spec={"milliseconds": milliseconds}, metrics=["accuracy"])
    sample = rounds.samples[-1]
    assert len(sample["walls"]) == sample["models"] <= most
    assert sum(sample["walls"]) >= 0.02
    # A round that is measured again, after one that was short, makes two calls at the least.
    assert len(sample["walls"]) <= 2 or sum(sample["walls"][:-1]) < 0.02
    assert sample["wall_s"] >= milliseconds / 1e3


def test_each_further_model_does_the_work_of_the_first(bench: Bench) -> None:
    rounds = bench.measured("fit", "Busy", spec={"milliseconds": 5}, metrics=["accuracy"])
    again = bench.measured("fit", "Busy", short=True, spec={"milliseconds": 0.5}, metrics=["accuracy"])
    assert len({told["drawn"] for told in bench.told}) == 1
    assert rounds.answer["predictions_sha256"] == again.answer["predictions_sha256"], "however many there were"


def test_a_model_that_fails_a_second_time_in_one_process_keeps_its_first(bench: Bench) -> None:
    sample = bench.measured("fit", "Unrepeatable", short=True).samples[-1]
    assert (sample["models"], sample["stopped"]) == (1, "RuntimeError: one is enough")


def test_a_model_of_which_there_is_only_one_is_called_once(bench: Bench) -> None:
    sample = bench.measured("fit", "the_only_one", short=True).samples[-1]
    assert len(sample["walls"]) == sample["models"] == 1


def test_preparing_further_models_takes_no_longer_than_a_second(bench: Bench) -> None:
    phases = [Phase("fit", part="train", labels=True), Phase("predict", after="fit")]
    rounds = bench.measured("predict", "Busy", spec={"milliseconds": 400}, phases=phases)
    assert 2 <= rounds.samples[-1]["models"] <= 4


def test_calling_an_empty_model_costs_less_than_a_hundredth_of_the_shortest_call_that_fills_a_round(
    bench: Bench,
) -> None:
    """100 models fill 20 milliseconds with calls of 0.2 milliseconds."""
    sample = bench.measured("fit", "Empty").samples[-1]
    assert sample["models"] == 100
    assert sample["wall_s"] < 2e-6


def test_short_phases_of_two_sides_are_measured_in_step(bench: Bench) -> None:
    sides = bench.together("fit", "Busy", "Slower", spec={"milliseconds": 2}, count=2)
    samples = [sample for side in sides for sample in side.samples]
    assert len(samples) == 4
    assert {sample["models"] == len(sample["walls"]) > 5 for sample in samples} == {True}
    assert [len(sample["walls"]) for sample in sides[0].samples] == [len(s["walls"]) for s in sides[1].samples]
    assert len({sample["together"] for sample in samples}) == 2
    pids = [told["pid"] for told in bench.told]
    *_, first, second = dict.fromkeys(pids)
    alternating = [pid for pid in pids if pid in (first, second)]
    assert all(one != other for one, other in pairwise(alternating))


def test_both_sides_of_a_short_phase_go_on_until_the_faster_one_has_enough(bench: Bench) -> None:
    one = bench.sides("fit", "Busy", spec={"milliseconds": 0.5})
    other = bench.sides("fit", "Busy", spec={"milliseconds": 5})
    assert measure([*one, *other]) == [FINE, FINE]
    walls = [side.samples[0]["walls"] for side in (*one, *other)]
    assert len(walls[0]) == len(walls[1])
    assert sum(walls[0][:-1]) < 0.02 <= sum(walls[0])


def test_a_phase_that_is_long_on_one_side_is_measured_apart(bench: Bench) -> None:
    one = bench.sides("fit", "Busy", spec={"milliseconds": 2})
    other = bench.sides("fit", "Busy", spec={"milliseconds": 30})
    assert measure([*one, *other]) == [FINE, FINE]
    assert [len(side.samples) for side in (*one, *other)] == [1, 1]
    assert other[0].samples[0]["models"] == 1


# Neighbours


def _measured_beside_each_other(bench: Bench, phase: str, model: str, mode: Mode, **declared: Any) -> None:
    """Measure one round of a model in each of two workers at once."""
    pair = bench.sides(phase, model, **declared), bench.sides(phase, model, **declared)
    with ExitStack() as stack:
        for worker, (rounds,) in enumerate(pair):
            slot = Slot(mode, (sorted(os.sched_getaffinity(0))[worker],))
            rounds.provisions = Provisions(Supervisor(slot, 1, 0))
            stack.callback(rounds.provisions.supervisor.close)
        with ThreadPoolExecutor() as threads:
            for done in [threads.submit(rounds.measure) for (rounds,) in pair]:
                done.result()


def _stays(bench: Bench) -> list[tuple[float, float]]:
    """Return when each child's model worked, from its first to its last word, in order."""
    times: dict[int, list[float]] = {}
    for told in bench.told:
        times.setdefault(told["pid"], []).append(told["at"])
    return sorted((min(own), max(own)) for own in times.values())


two_cores = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="two workers need two cores")


@two_cores
@pytest.mark.both_cores
def test_an_exclusive_section_has_no_neighbour_that_trains_predicts_or_scores(bench: Bench) -> None:
    _measured_beside_each_other(bench, "predict", "Untrainable", "exclusive", metrics=["accuracy"])
    assert all(end <= begin for (_, end), (begin, _) in pairwise(_stays(bench)))


@two_cores
@pytest.mark.both_cores
def test_a_device_is_had_by_one_child_at_a_time_on_disjoint_cores_too(bench: Bench) -> None:
    _measured_beside_each_other(bench, "predict", "OnDevice", "pinned", backend="fake", backends={"fake": FAKE})
    stays = _stays(bench)
    assert len(stays) >= 2
    assert all(end <= begin for (_, end), (begin, _) in pairwise(stays))


@two_cores
@pytest.mark.both_cores
def test_of_two_workers_that_need_one_fitted_model_one_trains_it(bench: Bench) -> None:
    _measured_beside_each_other(bench, "predict", "Trained", "pinned")
    assert [told["call"] for told in bench.told] == ["fit", "fitted"]


def test_waiting_for_another_worker_to_train_is_no_part_of_a_childs_time(bench: Bench) -> None:
    (rounds,) = bench.sides("predict", "Trained", timeout_s=2.0, spec={"another": True})
    cache = Cache(bench.settings.cache)
    with ThreadPoolExecutor() as threads:
        with suppress(InterruptedError), cache.building(rounds.job.request.fitted):
            measured = threads.submit(rounds.measure)
            time.sleep(3.0)
            raise InterruptedError("so that nothing is kept")
        measured.result()


# Devices


class _Jax:
    """As much of JAX as is asked of it."""

    def __init__(self, platform: str) -> None:
        self.waited: list[Any] = []
        self._platform = platform

    def devices(self) -> list[Any]:
        return [SimpleNamespace(platform=self._platform, device_kind="A100", local_hardware_id=1)]

    def live_arrays(self) -> list[str]:
        return ["weights"]

    def block_until_ready(self, tree: Any) -> None:
        self.waited.append(tree)


def test_under_jax_the_result_and_what_the_model_keeps_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    jax = _Jax("cpu")
    monkeypatch.setitem(sys.modules, "jax", jax)  # type: ignore[arg-type]  # no module, but asked like one
    device = adapter(BACKENDS["jax"].adapter).device()
    assert (device.name, device.lease) == ("cpu", None)
    device.finish("labels")
    assert jax.waited == [("labels", ["weights"])]


@pytest.mark.parametrize(("visible", "lease"), [("", "gpu-1"), ("3,5", "gpu-5"), ("GPU-a, GPU-b", "gpu-GPU-b")])
def test_a_gpu_is_leased_by_the_name_that_all_processes_know_it_by(
    monkeypatch: pytest.MonkeyPatch, visible: str, lease: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setitem(sys.modules, "jax", _Jax("gpu"))  # type: ignore[arg-type]  # no module, but asked like one
    device = adapter(BACKENDS["jax"].adapter).device()
    assert (device.name, device.lease) == ("A100", lease)


# Operations


@pytest.mark.parametrize(("model", "flops"), [("Picky", 12.0), ("Hopeless", None)])
def test_counting_operations_fails_no_cell(bench: Bench, model: str, flops: float | None) -> None:
    answer = bench.measured("fit", model, backend="torch", metrics=["accuracy"]).answer
    assert answer["flops_per_example"] == flops
    why = "counting them, its predict ended with ValueError: once is enough"
    assert answer["undefined"] == ({} if flops else {"flops_per_example": why})
