"""Checkpoints: a training that was killed goes on from one as if it never had been, or is told why it cannot."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from library_process import Ask, process

CHILD = "training_child"


@pytest.fixture(scope="module")
def torch() -> Iterator[Ask]:
    with process("torch", "safetensors") as ask:
        yield lambda name, *arguments: ask(f"{CHILD}:{name}", *arguments)


def test_a_training_that_is_killed_again_and_again_comes_to_the_same(torch: Ask, tmp_path: Path) -> None:
    kills, same = torch("killed", tmp_path, 0)  # the first here: it forks the process, which has computed nothing yet
    assert kills >= 3
    assert same


def test_a_training_that_goes_on_comes_to_what_it_would_have_come_to(torch: Ask, tmp_path: Path) -> None:
    assert torch("gone_on", tmp_path) == []


def test_the_best_weights_are_kept_beside_the_latest_by_loss_or_by_score(torch: Ask, tmp_path: Path) -> None:
    losses, again, epoch, scored = torch("best", tmp_path)
    assert min(losses) < losses[-1]
    assert again == min(losses) == losses[epoch - 1]
    assert scored == [3]


def test_all_values_come_back_and_whoever_reads_safetensors_reads_the_weights(torch: Ask, tmp_path: Path) -> None:
    same, names = torch("round_trip", tmp_path / "kept.safetensors")
    assert same
    assert {"model/a.weight", "model/b.weight", "state/0/step", "random"} <= names


def test_the_same_values_are_the_same_bytes(torch: Ask, tmp_path: Path) -> None:
    file, found = tmp_path / "kept.safetensors", set()
    for _ in range(8):
        torch("small", file)
        found.add(file.read_bytes())
    assert len(found) == 1


def test_a_flipped_bit_or_a_missing_end_is_told_wherever_it_is(torch: Ask, tmp_path: Path) -> None:
    file = tmp_path / "kept.safetensors"
    assert torch("small", file) < 1000
    assert torch("refusal", file) == ""
    assert torch("loaded", tmp_path, file.read_bytes()) == []


def test_what_a_checkpoint_stands_on_is_told_where_it_is_other(torch: Ask, tmp_path: Path) -> None:
    file = tmp_path / "kept.safetensors"
    torch("small", file)
    assert "with other data;" in torch("refusal", file, {"data": "d1"})
    assert "with other configuration and code;" in torch("refusal", file, {"code": "e1", "configuration": ""})
    assert "with other seed;" in torch("refusal", file, {"seed": "0"})


def test_a_file_that_is_none_is_told(torch: Ask, tmp_path: Path) -> None:
    file = tmp_path / "kept.safetensors"
    assert "cannot be read" in torch("refusal", file)
    file.write_bytes(pickle.dumps({"model": {}}))
    assert "is no checkpoint, or damaged" in torch("refusal", file)
    assert "model/extra: tensors and plain values are kept and handed over, no object" in torch("refusal_to_keep", file)


def test_another_networks_training_is_told_and_begins_anew_when_it_is_forgotten(torch: Ask, tmp_path: Path) -> None:
    assert "is of another model or optimizer" in torch("refusal_to_go_on", tmp_path)
