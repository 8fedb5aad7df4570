"""Loader: what a network is given of a clip, decoded once, augmented alike for all, a batch at a time."""

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")
pytest.importorskip("PIL")
from library_process import process
from swapbench_models.video.data import kept as kept_module
from swapbench_models.video.data import loader as loader_module
from swapbench_models.video.data.augmentation import augmented
from swapbench_models.video.data.kept import Kept
from swapbench_models.video.data.loader import Loader
from swapbench_models.video.error import VideoError
from swapbench_models.video.features.extract import of_clip
from swapbench_models.video.reading.frames import frames
from video_clips import encode, published, scene


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return encode(tmp_path / "clip.mp4", count=12)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """What was decoded, from now on."""
    made: list[Path] = []
    real = frames
    monkeypatch.setattr(loader_module, "frames", lambda path, *more: (made.append(path), real(path, *more))[1])
    return made


def test_a_batch_is_scaled_and_has_its_colours_innermost(clip: Path, tmp_path: Path) -> None:
    other = encode(tmp_path / "other.mp4", "mpeg4", count=3)
    loader = Loader(tmp_path / "kept", frames=5, size=24, mean=0.4, std=0.2)
    found = loader.batch([clip, str(other)])
    assert (found.shape, found.dtype) == ((2, 3, 5, 24, 24), np.float32)
    assert found.transpose(0, 2, 3, 4, 1).flags.c_contiguous
    for place, path in zip(found, (clip, other), strict=True):
        assert place == pytest.approx((frames(path, 5, 24).transpose(3, 0, 1, 2) / 255 - 0.4) / 0.2, abs=1e-5)
    assert Loader(tmp_path / "kept").batch([clip]).min() == pytest.approx(-2, abs=1e-5)


def test_a_clip_is_decoded_once_whatever_it_is_called_and_again_when_it_or_the_question_changes(
    clip: Path, tmp_path: Path, decoded: list[Path]
) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    for number in (None, 0, 1, 0, None):
        Loader(tmp_path / "kept").batch([clip, copy], number)
    assert decoded == [clip]
    first = Loader(tmp_path / "kept").pixels(clip)
    Loader(tmp_path / "kept", frames=4).pixels(clip)
    Loader(tmp_path / "kept", size=32).pixels(clip)
    encode(clip, "mpeg4", count=12)
    assert not np.array_equal(Loader(tmp_path / "kept").pixels(clip), first)
    assert len(decoded) == 4
    assert np.array_equal(Loader(tmp_path / "kept").pixels(copy), first)


def test_what_is_kept_and_damaged_is_made_again(clip: Path, tmp_path: Path) -> None:
    loader = Loader(tmp_path / "kept")
    first = loader.pixels(clip)
    (place,) = (tmp_path / "kept").iterdir()
    whole = place.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], whole[:500] + bytes([whole[500] ^ 1]) + whole[501:], whole[1:]):
        place.write_bytes(damaged)
        assert np.array_equal(loader.pixels(clip), first)
        assert place.read_bytes() == whole


@pytest.mark.parametrize("number", [None, 0])
def test_what_is_no_video_is_named_and_nothing_of_it_kept(tmp_path: Path, clip: Path, number: int | None) -> None:
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[:-100])
    for name in ("cut.mp4", "missing.mp4"):
        with pytest.raises(VideoError, match=f"^{tmp_path / name}: "):
            Loader(tmp_path / "kept").batch([tmp_path / name], number)
    assert not (tmp_path / "kept").exists()
    with pytest.raises(VideoError, match="no clips"):
        Loader(tmp_path / "kept").batch([], number)


def test_a_clip_that_is_still_being_written_is_told_and_not_kept(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = frames
    monkeypatch.setattr(loader_module, "frames", lambda path, *more: (os.utime(path, (1, 1)), real(path, *more))[1])
    with pytest.raises(VideoError, match="was written while it was read"):
        Loader(tmp_path / "kept").batch([clip], 0)
    assert not (tmp_path / "kept").exists()


def test_those_who_begin_at_once_get_the_same(clip: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: Loader(tmp_path / "kept").pixels(clip, number % 2), range(16)))
    assert all(np.array_equal(each, found[at % 2]) for at, each in enumerate(found))
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_an_augmentation_is_the_same_for_all_who_ask_and_another_by_number_seed_and_content(
    clip: Path, tmp_path: Path
) -> None:
    plain = Loader(tmp_path / "one").pixels(clip)
    found = [Loader(tmp_path / "one", seed=seed).pixels(clip, number) for seed in (0, 1) for number in (0, 1)]
    again = [Loader(tmp_path / "two", seed=seed).pixels(clip, number) for number in (0, 1) for seed in (0, 1)]
    assert all(np.array_equal(found[at], again[other]) for at, other in enumerate((0, 2, 1, 3)))
    assert np.array_equal(augmented(plain, "same", 0, 0), augmented(plain.copy(), "same", 0, 0))
    distinct = [plain, *found, augmented(plain, "same", 0, 0), augmented(plain, "other", 0, 0)]
    for one, other in itertools.combinations(distinct, 2):
        assert not np.array_equal(one, other)


def test_an_augmented_clip_is_of_the_same_scene_steady_and_as_sharp() -> None:
    (picture,) = scene(1, 64, 64)
    still = np.stack([picture // 4 + 96] * 6)
    mirrored, moves = 0, set()
    for number in range(40):
        found = augmented(still, "content", 0, number)
        assert (found == found[0]).all()
        inner = found[0, 16:48, 16:48].astype(float)
        alike = {at: np.corrcoef(inner.ravel(), each.ravel())[0, 1] for at, each in moved(still[0])}
        best = max(alike, key=alike.__getitem__)
        assert alike[best] > 0.995  # but for brightness and contrast, which are rounded, the same pixels
        mirrored += best[0]
        moves.add(best[1:])
    assert 10 < mirrored < 30
    assert len(moves) > 20


def moved(picture: np.ndarray) -> Iterator[tuple[tuple[int, int, int], np.ndarray]]:
    """Yield the middle of a picture, mirrored and moved by some pixels."""
    for at, down, across in itertools.product((0, 1), range(-7, 8), range(-7, 8)):
        seen = picture[:, ::-1] if at else picture
        yield (at, down, across), seen[16 + down : 48 + down, 16 + across : 48 + across].astype(float)


def test_what_is_kept_does_not_grow_and_what_is_in_use_stays(tmp_path: Path) -> None:
    made: list[str] = []

    def array(name: str) -> np.ndarray:
        made.append(name)
        return np.full(1000, ord(name[0]), np.uint8)

    def get(kept: Kept, names: str) -> None:
        for name in names:
            assert kept.get(name, lambda name=name: array(name))[0] == ord(name)
            assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= kept.most_bytes

    size = 128 + 1000 + 32
    get(Kept(tmp_path, 4 * size), "abcdefabcd")
    assert "".join(made) == "abcdef"
    for number, name in enumerate("abcd"):
        os.utime(tmp_path / f"{name}.npy", (number, number))
    made.clear()
    get(Kept(tmp_path, 4 * size), "aefghefgh")
    assert "".join(made) == "efghh"
    assert {file.stem for file in tmp_path.iterdir()} == set("aefg")


def test_a_full_folder_is_looked_through_once_for_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size, array, looked = 128 + 1000 + 32, np.zeros(1000, np.uint8), []
    for number in range(64):
        Kept(tmp_path, 64 * size).get(f"old{number}", lambda: array)
    files = kept_module._files
    monkeypatch.setattr(kept_module, "_files", lambda folder: looked.append(folder) or files(folder))
    now = Kept(tmp_path, 64 * size)
    for number in range(16):
        now.get(f"new{number}", lambda: array)
    assert len(list(tmp_path.glob("new*.npy"))) == 16
    assert len(looked) == 4  # a sixteenth of the folder at a time


def test_what_is_larger_than_all_that_may_be_kept_is_made_each_time(clip: Path, tmp_path: Path) -> None:
    loader = Loader(tmp_path / "kept", most_bytes=100)
    assert np.array_equal(loader.pixels(clip, 0), loader.pixels(clip, 0))
    assert not list((tmp_path / "kept").glob("*"))


def grown(folder: str, count: int) -> int:
    """Return the most memory, in KiB, that this process has had after batches of so many clips."""
    paths = sorted(Path(folder).glob("*.mp4"))
    many = [paths[at % len(paths)] for at in range(count)]
    loader = Loader(Path(folder) / "kept", frames=8, size=64)
    for start in range(0, count, 8):
        loader.batch(many[start : start + 8], start % 2)
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1])


@pytest.mark.long
def test_ten_thousand_clips_take_no_more_memory_than_a_few(tmp_path: Path) -> None:
    for number in range(5):
        encode(tmp_path / f"{number}.mp4", count=10 + number)
    with process() as ask:
        few_kib, many_kib = ask(grown, str(tmp_path), 100), ask(grown, str(tmp_path), 10_000)
    assert many_kib - few_kib < 8 << 10


@pytest.mark.long
def test_published_clips_pass(tmp_path: Path) -> None:
    found = published(tmp_path)
    assert len(found) == 4
    for number in (None, 0):
        batch = Loader(tmp_path / "kept", frames=8, size=112).batch(found, number)
        assert batch.shape == (4, 3, 8, 112, 112)
        assert np.isfinite(batch).all()
        assert (batch.std(axis=(1, 2, 3, 4)) > 0.3).all()
    for path in found:
        assert np.isfinite(of_clip(path)).all()
