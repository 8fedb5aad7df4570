"""The loop: what a plan says of a training is done, for every family alike."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from library_process import Ask, process
from swapbench_models.training.bar import bar
from swapbench_models.training.error import TrainingError
from swapbench_models.training.plan import Plan
from swapbench_models.training.progress import Patience, Progress

CHILD = "training_child"


@pytest.fixture(scope="module")
def torch() -> Iterator[Ask]:
    with process("torch", "safetensors") as ask:
        yield lambda name, *arguments: ask(f"{CHILD}:{name}", *arguments)


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted classes"])
@pytest.mark.parametrize("sharing", [(8, 4), (8, 8), (7, 2), (7, 3)])
def test_steps_of_several_batches_are_those_of_one_of_all_their_examples(
    torch: Ask, sharing: tuple[int, int], weighted: bool
) -> None:
    weights, losses = torch("shared", sharing, weighted)
    whole, whole_losses = torch("shared", (sharing[0], 1), weighted)
    assert losses == pytest.approx(whole_losses, rel=1e-5)
    for ours, theirs in zip(weights, whole, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_the_seed_decides_also_what_is_dropped_and_the_global_generator_is_left_alone(torch: Ask) -> None:
    assert torch("seeded") == (True, True)


def test_trainings_in_threads_do_not_draw_from_each_others_seeds(torch: Ask) -> None:
    assert torch("in_threads")


def test_the_example_of_the_documentation_runs(torch: Ask, tmp_path: Path) -> None:
    _, code, *_ = re.split("```(?:python)?", (Path(__file__).parents[1] / "docs" / "training.md").read_text())
    losses, attempts = torch("shown", code, tmp_path / "enough", 16)
    assert losses[-1] < 0.7 * losses[0]
    assert attempts == [(16, 1)]
    assert {file.name for file in tmp_path.rglob("*.safetensors")} == {"latest.safetensors", "best.safetensors"}
    assert torch("shown", code, tmp_path / "little", 8)[1] == [(16, 1), (8, 2)]


def test_the_loss_is_read_once_an_epoch(torch: Ask) -> None:
    assert torch("reads") == 6


def test_training_ends_for_a_reason_and_what_diverged_is_not_kept(torch: Ask, tmp_path: Path) -> None:
    found = torch("stopped", tmp_path)
    assert {name: found[name]["stopped"] for name in found if name != "kept"} == {
        name: name for name in found if name != "kept"
    }
    assert found["target"]["losses"][-1] <= 0.9 < min(found["target"]["losses"][:-1])
    assert len(found["patience"]["losses"]) < 99
    assert len(found["epochs"]["losses"]) == len(found["epochs"]["validation_losses"]) == 6
    assert found["epochs"]["steps"] == 6 * 4  # thirty examples, eight a step
    assert len(found["diverged"]["losses"]) == 3
    assert found["kept"]


def test_what_torch_says_of_too_little_memory_is_known(torch: Ask) -> None:
    assert torch("told_by_torch") == (True, False)


def test_an_epoch_without_batches_is_told(torch: Ask) -> None:
    assert torch("without_batches") == "Epoch 1 has no batches: there is nothing to train on."


def test_a_batch_whose_examples_are_not_known_or_that_weighs_nothing_is_told(torch: Ask) -> None:
    made_of_several, weightless = torch("unweighed")
    assert made_of_several.startswith("A batch that is a tuple does not say how many examples it has; give Training a")
    assert weightless == "Batch 1 of epoch 1 weighs 0.0; leave out what weighs nothing."


def test_in_bfloat16_weights_stay_as_they_are_and_learn_nearly_the_same(torch: Ask) -> None:
    losses, plain, kinds = torch("in_bfloat16")
    assert losses == pytest.approx(plain, rel=0.05)
    assert losses != plain
    assert {str(each) for each in kinds} == {"torch.float32"}


def test_plans_folds_and_the_rule_for_memory_import_nothing_heavy() -> None:
    light = ", ".join(f"swapbench_models.training.{each}" for each in ("plan", "folds", "memory"))
    heavy = "assert not {'torch', 'sklearn', 'safetensors'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", f"import sys, {light}; {heavy}"], check=True)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"epochs": 0}, "epochs 0: give a number from 1 on"),
        ({"accumulation": 0}, "accumulation 0: give a number from 1 on"),
        ({"clip": 0.0}, "clip 0: give a norm above 0, or none"),
        ({"patience": Patience(-1)}, "patience -1: give a number of epochs"),
        ({"precision": "float16"}, "no precision 'float16'; choose float32 or bfloat16"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(choices: dict[str, Any], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        Plan(**{"epochs": 1, **choices})


@pytest.mark.parametrize(
    ("patience", "epoch"),
    [
        (Patience(2), 3),
        (Patience(3), 7),
        (Patience(2, since="last"), 3),
        (Patience(3, since="last"), None),
        (Patience(0), None),
        (None, None),
    ],
)
def test_patience_waits_for_a_loss_below_the_best_or_below_the_last(
    patience: Patience | None, epoch: int | None
) -> None:
    losses = [3.0, 1.0, 2.0, 2.5, 0.9, 0.9, 0.9, 1.2, 1.1]
    ended = [Plan(99, patience=patience).ended(Progress([9.0], losses[:count])) for count in range(1, len(losses) + 1)]
    assert next((place for place, why in enumerate(ended) if why), None) == epoch


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_bar_shows_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO]) -> None:
    shown = stream()
    monkeypatch.setattr(sys, "stderr", shown)
    assert list(bar([1, 2, 3], "epoch 2 of 9")) == [1, 2, 3]
    assert ("epoch 2 of 9" in shown.getvalue()) == isinstance(shown, Terminal)
