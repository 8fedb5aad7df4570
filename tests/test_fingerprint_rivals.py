"""What the family is measured against does the same work, and arms of the fan-out differ in their schedule only."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.files import expanded
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.generate import Plan, write
from swapbench_models.fingerprint.logs.reader import Reader
from swapbench_models.fingerprint.measured.fanout import branch
from swapbench_models.fingerprint.measured.fanout.arm import Arm, Branch, Result, Users, Work, arms
from swapbench_models.fingerprint.measured.fanout.gains import check_alike, gains
from swapbench_models.fingerprint.measured.fanout.run import run
from swapbench_models.fingerprint.measured.fanout.schedules import SCHEDULES
from swapbench_models.fingerprint.measured.rivals import events, trainers
from swapbench_models.fingerprint.model.catalogue import MODELS
from swapbench_models.fingerprint.pipeline.usermodels import UserModels
from swapbench_models.store.memory import MemoryStore

CHOICES = {"epochs": 3, "encoder_layers": (32,), "decoder_layers": (32,), "batch_size": 16, "learning_rate": 0.05}


def test_pandas_makes_the_same_columns_of_an_event() -> None:
    lines, _ = events.log(5, 600)
    ours = events.Ours().prepare(lines)
    theirs = pl.from_pandas(events.Reference().prepare(lines))
    assert_frame_equal(ours, theirs.select(ours.columns), check_dtypes=False, check_exact=True)
    assert ours["result"].n_unique() == 2


@pytest.fixture(scope="module")
def logins() -> dict[int, Any]:
    """Rows by the number of users that they are of."""
    return {users: trainers.rows(users, each)[0] for users, each in ((1, 100), (3, 40))}


@pytest.mark.parametrize("users", [1, 3])
def test_the_references_way_of_training_has_the_same_losses(logins: dict[int, Any], users: int) -> None:
    found = []
    for trainer in (
        trainers.Alone(users, **CHOICES),
        trainers.Together(users, **CHOICES),
        trainers.Reference(users, shuffle=False, **CHOICES),
    ):
        trainer.prepare(logins[users])
        trainer.train(logins[users])
        found.append(np.array(trainer.losses))
    assert found[0].shape == (users, 3)
    for other in found[1:]:
        assert found[0] == pytest.approx(other, abs=1e-4)


class Counting(TorchDispatchMode):
    """Counts products of matrices, and the bytes of tensors that were made."""

    def __init__(self) -> None:
        super().__init__()
        self.products, self.bytes = 0, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self.products += func.overloadpacket.__name__ in ("mm", "addmm", "bmm", "baddbmm")
        known = {each.untyped_storage().data_ptr() for each in tree_leaves([args, kwargs]) if isinstance(each, Tensor)}
        for each in tree_leaves(made):
            if isinstance(each, Tensor) and each.untyped_storage().data_ptr() not in known:
                self.bytes += each.untyped_storage().nbytes()
        return made


@pytest.mark.parametrize("name", MODELS)
def test_the_limit_bounds_what_it_stands_beside_as_many_operations_in_no_more_products_and_bytes(
    logins: dict[int, Any], name: str
) -> None:
    counts = []
    for kind in (trainers.Limit, trainers.Alone):
        trainer = kind(1, name, epochs=2, batch_size=16)
        trainer.prepare(logins[1])
        with Counting() as counted, FlopCounterMode(display=False) as operations:
            trainer.train(logins[1])
        counts.append((operations.get_total_flops(), counted.products, counted.bytes))
    limit, training = counts
    assert limit[0] == training[0] > 0
    assert limit[1] <= training[1]
    assert 4 * limit[2] < training[2]


def test_the_limit_makes_its_tensors_once_however_long_it_trains(logins: dict[int, Any]) -> None:
    made = []
    for epochs in (1, 4):
        trainer = trainers.Limit(1, epochs=epochs, batch_size=16)
        trainer.prepare(logins[1])
        with Counting() as counted:
            trainer.train(logins[1])
        made.append(counted.bytes)
    assert made[0] == made[1] > 0


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    folder = tmp_path_factory.mktemp("logs")
    write(Plan(users=2, days=5), "duo", folder)
    return Work((str(folder / "DUO*.json"),), "duo", epochs=2)


@pytest.mark.parametrize(("users", "models", "rows"), [("generic", 1, 1), ("individual", 2, 1), ("all", 3, 2)])
def test_a_branch_trains_the_models_of_the_users_that_were_asked_for(
    work: Work, tmp_path: Path, users: Users, models: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = MemoryStore[Any]()
    monkeypatch.setattr(branch, "store", lambda *_: UserModels(kept))
    duo = schema.named("duo")
    frame = branch.prepared(Reader(duo).read(expanded(work.files)).frame, duo)
    asked = replace(work, epochs=1, users=users)
    sequence, threads = (
        [made for made, _, _ in SCHEDULES[how](("ae", "ae-matched"), frame, asked, str(tmp_path), ())]
        for how in ("sequence", "threads")
    )
    assert [each.weights for each in sequence] == [each.weights for each in threads]
    assert all(each.rows == rows * len(frame) for each in sequence)
    assert len(kept._models) == models


@pytest.mark.soak
@pytest.mark.long
def test_a_branch_ends_with_the_weights_of_its_solo_run_on_any_schedule(work: Work) -> None:
    chosen = [arm for arm in arms(("ae", "rae"), 1) if arm.models != ("rae",)]
    runs = {arm: [run(arm, work)] for arm in chosen}
    check_alike(runs)
    assert [(arm.schedule, len(results[0].branches)) for arm, results in runs.items()] == [
        ("sequence", 1),
        ("sequence", 2),
        ("processes", 2),
        ("threads", 2),
    ]
    for arm, (result,) in runs.items():
        assert result.wall_s > result.prepare_s > 0
        assert len(result.peak_rss) == (3 if arm.schedule == "processes" else 1)
        assert all(each.epochs == 2 and each.train_s > 0 and each.write_s > 0 for each in result.branches)
    other = replace(runs[chosen[0]][0].branches[0], weights="other")
    with pytest.raises(FingerprintError, match="ae ended with other weights than before"):
        check_alike({**runs, chosen[1]: [replace(runs[chosen[1]][0], branches=(other,))]})


@pytest.mark.long
def test_a_branch_that_fails_is_told(work: Work) -> None:
    with pytest.raises(FingerprintError, match=r"^There is no model 'vae'"):
        run(Arm(("vae",), "sequence", 1), work)


def test_what_one_preparation_saves_and_what_training_at_once_saves_are_told_apart() -> None:
    def result(wall: float, prepare: float, *trained: float) -> Result:
        return Result(wall, prepare, wall, (1,), tuple(Branch("m", each, 0.0, 1, 1, 1, 1.0, "w") for each in trained))

    made = gains(
        {
            Arm(("ae",), "sequence", 1): [result(5.0, 1.0, 4.0)],
            Arm(("rae",), "sequence", 1): [result(9.0, 1.0, 8.0)],
            Arm(("ae", "rae"), "sequence", 1): [result(13.0, 1.0, 4.0, 8.0)],
            Arm(("ae", "rae"), "processes", 1): [result(9.5, 1.0, 4.0, 8.0)],
            Arm(("ae", "rae"), "threads", 1): [result(11.0, 1.0, 4.0, 8.0)],
        }
    )
    assert made.amortised == pytest.approx(14 / 13)
    assert made.concurrent == pytest.approx(12 / 8.5)
    assert made.alone == {"ae": 5.0, "rae": 9.0}
    assert not made.beats_each_alone
