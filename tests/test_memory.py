"""Memory: the peak of a round, of whichever process and however short, and nothing that was there before."""

from collections.abc import Iterator

import pytest

from swapbench.commands.selfcheck.cells import Cells

MIB = 2**20


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cells]:
    folder = tmp_path_factory.mktemp("cells")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWAPBENCH_LOCKS", str(folder / "locks"))
        with Cells(folder) as measured:
            yield measured


@pytest.mark.parametrize("place", ["child", "gil", "grandchild"])
@pytest.mark.parametrize("mebibytes", [32, 128])
def test_a_spike_of_twenty_milliseconds_is_seen_to_one_mebibyte(cells: Cells, place: str, mebibytes: int) -> None:
    samples = cells.samples(f"spike_{mebibytes}_{place}", "python", 3)
    peaks = [sample["peak_memory_bytes"] / MIB for sample in samples]
    assert peaks == pytest.approx([mebibytes] * 3, abs=1.0)
    assert all(sample["memory_complete"] for sample in samples)


def test_the_absolute_peak_holds_what_was_there_before(cells: Cells) -> None:
    (sample,) = cells.samples("spike_128_child", "python", 1)
    above = sample["absolute_peak_bytes"] - sample["start_memory_bytes"]
    assert above == pytest.approx(sample["peak_memory_bytes"], abs=MIB)


def test_a_round_that_does_nothing_needs_no_memory(cells: Cells) -> None:
    samples = cells.samples("empty", "sklearn", 3)
    assert max(sample["peak_memory_bytes"] for sample in samples) < MIB
