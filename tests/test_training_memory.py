"""Little memory: who runs out of it begins anew with fewer examples at a time, takes the same steps, and says so."""

import gc
import weakref
from collections.abc import Callable
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swapbench_models.training.error import OutOfMemoryError, TrainingError
from swapbench_models.training.memory import Attempt, Sharing, out_of_memory, within_memory


def trainer(fits: int, error: Callable[[], Exception] = MemoryError) -> tuple[Callable[[Sharing], int], list[Sharing]]:
    """Return what trains with at most so many examples at a time, and a list of what it was asked for."""
    asked: list[Sharing] = []

    def attempt(sharing: Sharing) -> int:
        asked.append(sharing)
        if sharing.batch_size > fits:
            raise error()
        return sharing.batch_size

    return attempt, asked


def test_batches_are_halved_and_steps_keep_their_examples_until_it_fits() -> None:
    attempt, asked = trainer(4, lambda: RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    made, attempts = within_memory(attempt, batch_size=16, accumulation=2)
    assert made == 4
    assert [(each.batch_size, each.accumulation) for each in attempts] == [(16, 2), (8, 4), (4, 8)]
    assert [each.error for each in attempts] == [
        *["RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB"] * 2,
        "",
    ]
    assert {each.effective for each in asked} == {32}


def test_who_tries_again_himself_is_told_at_once() -> None:
    with pytest.raises(OutOfMemoryError) as found:
        within_memory(trainer(4)[0], batch_size=16, retries=0)
    assert [each.batch_size for each in found.value.attempts] == [16]


def test_what_fits_at_once_is_one_attempt() -> None:
    assert within_memory(trainer(8)[0], 8) == (8, (Attempt(8, 1),))


@pytest.mark.parametrize(("batch_size", "tried"), [(64, [64, 32, 16, 8, 4]), (3, [3, 2, 1]), (1, [1])])
def test_an_attempt_too_many_lists_them_all(batch_size: int, tried: list[int]) -> None:
    with pytest.raises(
        OutOfMemoryError, match=r"^There is too little memory to train \(.*; give smaller inputs"
    ) as found:
        within_memory(trainer(0)[0], batch_size)
    assert [each.batch_size for each in found.value.attempts] == tried
    assert all(f"{size} at a time" in str(found.value) for size in tried)


@pytest.mark.parametrize(
    "error",
    [RuntimeError("There is no room to zoom"), RuntimeError("size mismatch; not out of memory"), ValueError("oom")],
)
def test_other_errors_are_left_alone(error: Exception) -> None:
    attempt, asked = trainer(1, lambda: error)
    with pytest.raises(type(error), match=str(error)):
        within_memory(attempt, 8)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to ...",
        "CUDA error: out of memory",
        "MPS backend out of memory (MPS allocated: 2.00 GB)",
        "std::bad_alloc",
    ],
)
def test_what_libraries_say_of_too_little_memory_is_known(text: str) -> None:
    assert out_of_memory(RuntimeError(text))


def test_what_a_failed_attempt_built_is_gone_before_the_next() -> None:
    class Model:
        def __init__(self) -> None:
            self.itself = self

    built: list[weakref.ref[Model]] = []

    def attempt(sharing: Sharing) -> int:
        assert all(each() is None for each in built)
        model = Model()
        built.append(weakref.ref(model))
        if sharing.batch_size > 2:
            raise MemoryError
        return len(built)

    gc.disable()  # so that it is not by chance
    try:
        assert within_memory(attempt, 8)[0] == 3
    finally:
        gc.enable()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 200))
def test_every_example_is_once_in_an_epoch_and_steps_are_as_they_were(most: int, parts: int, examples: int) -> None:
    parts = min(parts, most)
    order = list(range(examples))
    sharing = Sharing(most, parts)
    batches = list(sharing.cut(order))
    assert [*chain(*batches)] == order
    assert all(1 <= len(batch) <= sharing.batch_size for batch in batches)
    steps = [[*chain(*batches[first : first + parts])] for first in range(0, len(batches), parts)]
    assert steps == list(Sharing(most).cut(order))
    sizes = [len(batch) for batch in batches[: len(batches) // parts * parts]]
    assert not sizes or max(sizes) - min(sizes) <= 1 or examples % most


@given(st.integers(1, 1000))
def test_halving_comes_to_single_examples(most: int) -> None:
    sharing = Sharing(most)
    for _ in range(10):
        half = sharing.halved()
        assert half.effective == most
        assert half.batch_size == -(-sharing.batch_size // 2) or half.batch_size <= sharing.batch_size / 2
        sharing = half
    assert sharing == Sharing(most, most)


def test_more_batches_than_examples_are_refused() -> None:
    with pytest.raises(TrainingError, match="4 examples a step cannot be shared out over 5"):
        Sharing(4, 5)
