"""Features: each is what its definition says, none is ever NaN, and what is kept of a clip is that clip's."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import fft, ndimage

pytest.importorskip("av")
from av.video.reformatter import Interpolation

from swapbench_models.video.error import VideoError
from swapbench_models.video.features import cache as cache_module
from swapbench_models.video.features.cache import Cache
from swapbench_models.video.features.extract import of_clip, of_picture
from swapbench_models.video.features.gray import gray
from swapbench_models.video.features.table import FRAME, NAMES
from swapbench_models.video.measured.rivals import features as rivals
from swapbench_models.video.reading.sampling import sampled
from video_clips import encode, published, scene

SHAPES = ((1, 1), (1, 9), (9, 1), (2, 3), (8, 8), (17, 40), (144, 176), (200, 333), (70, 600))


def test_the_page_explains_every_feature_in_its_order_with_its_unit() -> None:
    page = (Path(__file__).parents[1] / "docs" / "video.md").read_text()
    _, _, table = page.partition("| feature | is | unit |\n")
    found = re.findall(r"\| `(\w+)` \| (.+?) \| (.+?) \|$", table.partition("\n\n")[0], re.MULTILINE)
    assert [name for name, _, _ in found] == [*NAMES]


def pictures() -> st.SearchStrategy[np.ndarray]:
    """Return small pictures, many of them flat or of few shades."""
    return st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
        lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 255) | st.sampled_from([0, 255]))
    )


def defined(picture: np.ndarray) -> dict[str, float]:
    """Return what SciPy and the definitions make of a picture of one colour."""
    g = picture.astype(np.float64)
    taps = np.exp(-(np.arange(-2, 3) ** 2) / 2)
    blur = g
    for axis in (0, 1):
        blur = ndimage.correlate1d(blur, taps / taps.sum(), axis, mode="mirror")
    left = g - blur
    gradient = np.hypot(*(ndimage.sobel(g, axis, mode="mirror") for axis in (0, 1)))
    cross = ndimage.correlate(g, np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]), mode="mirror")
    padded = np.pad(g / 255, [(0, -side % 8) for side in g.shape], mode="edge")
    blocks = padded.reshape(padded.shape[0] // 8, 8, -1, 8).swapaxes(1, 2)
    found = fft.dctn(blocks, axes=(2, 3), norm="ortho").reshape(-1, 8, 8)
    first, others = found[:, 0, 0], found.reshape(-1, 64)[:, 1:]
    low = np.abs([*(found[:, 0, at] for at in (1, 2, 3)), *(found[:, at, 0] for at in (1, 2, 3))]).mean()
    high = np.abs(found[:, 4:, 4:]).mean()
    return {
        "noise_mean": left.mean(),
        "noise_std": left.std(),
        "noise_max": np.abs(left).max(),
        "noise_energy": (left**2).mean(),
        "dct_dc_mean": first.mean(),
        "dct_dc_std": first.std(),
        "dct_ac_mean": np.abs(others).mean(),
        "dct_ac_std": others.std(),
        "dct_low_mean": low,
        "dct_high_mean": high,
        "dct_energy_ratio": low / (high + 1e-6),
        "laplacian_variance": cross.var(),
        "gradient_mean": gradient.mean(),
        "gradient_std": gradient.std(),
        "gradient_max": gradient.max(),
        "tenengrad": (gradient**2).mean(),
        "brenner": ((g[2:] - g[:-2]) ** 2).mean() if len(g) > 2 else 0.0,
        "boundary_inconsistency": blockiness(g, 8),
    }


def blockiness(g: np.ndarray, block: int) -> float:
    met: list[float] = []
    inside: list[float] = []
    for lines in (g, g.T):
        changes = [[abs(a - b) for a, b in zip(line[1:], line[:-1], strict=True)] for line in lines.tolist()]
        columns = list(map(list, zip(*changes, strict=True)))
        if len(columns) >= block:
            at = max(range(block), key=lambda place: np.mean(columns[place::block]))
            for number, column in enumerate(columns):
                (met if number % block == at else inside).extend(column)
    return float(np.mean(met) / ((np.mean(inside) if inside else 0) + 1e-6)) if met else 0.0


def check(picture: np.ndarray) -> None:
    found = dict(zip(FRAME, of_picture(picture).tolist(), strict=True))
    wanted = defined(gray(picture))
    for name in FRAME:
        assert found[name] == pytest.approx(wanted[name], rel=1e-9, abs=1e-9), name
    assert np.isfinite(list(found.values())).all()


@settings(deadline=None, max_examples=100)
@given(pictures())
def test_each_feature_of_any_picture_is_what_its_definition_says(picture: np.ndarray) -> None:
    check(picture)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_picture_may_have_any_size_be_flat_and_be_in_colour_or_not(shape: tuple[int, int]) -> None:
    draws = np.random.default_rng(0)
    for channels in ((), (1,), (3,)):
        check(draws.integers(0, 256, (*shape, *channels), dtype=np.uint8))
    for level in (0, 100, 255):
        flat = of_picture(np.full(shape, level, np.uint8))
        assert flat == pytest.approx([level / 255 * 8 if name == "dct_dc_mean" else 0 for name in FRAME], abs=1e-9)


def test_opencv_finds_the_same() -> None:
    cv2 = pytest.importorskip("cv2")
    for width, height in ((64, 48), (176, 144), (333, 201)):
        given, _ = rivals.pictures(width, height, 2)
        given[1] = np.random.default_rng(0).integers(0, 256, given[1].shape)
        assert np.array_equal(gray(given[1]), cv2.cvtColor(given[1], cv2.COLOR_RGB2GRAY))
        assert rivals.Ours().extract(given) == pytest.approx(rivals.Loop().extract(given), rel=1e-9, abs=1e-9)
        assert rivals.Ours().dct(given) == pytest.approx(rivals.Loop().dct(given), rel=1e-9, abs=1e-9)


def test_a_grid_of_blocks_scores_high_wherever_it_begins() -> None:
    board = ((np.indices((80, 96)) // 8).sum(0) % 2 * 200).astype(np.uint8)
    draws = np.random.default_rng(0)
    real = draws.integers(60, 120, (10, 12)).repeat(8, 0).repeat(8, 1) + draws.integers(0, 9, (80, 96))
    scores = [
        [of_picture(picture.astype(np.uint8)[down:, across:])[FRAME.index("boundary_inconsistency")]
         for down, across in ((0, 0), (1, 1), (0, 5), (7, 3))]
        for picture in (board, real)
    ]  # fmt: skip
    assert scores[0] == pytest.approx([200 / 1e-6] * 4)
    assert scores[1] == pytest.approx([scores[1][0]] * 4, rel=0.1)
    assert scores[1][0] > 5
    smooth = scene(1, 97, 81)[0]
    assert of_picture(ndimage.gaussian_filter(smooth, (3, 3, 0)))[-1] < 1.3


def test_blocks_of_sixteen_are_told_from_those_of_eight() -> None:
    board = ((np.indices((80, 96)) // 16).sum(0) % 2 * 200).astype(np.uint8)
    assert of_picture(board, block=16)[-1] == pytest.approx(2e8)
    assert 0 < of_picture(board, block=8)[-1] < 100e6 + 1


@pytest.mark.parametrize("wrong", [np.zeros((4, 4)), np.zeros((0, 4), np.uint8), np.zeros((4, 4, 2), np.uint8)])
def test_what_is_no_picture_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(VideoError, match=r"^Expected a picture"):
        of_picture(wrong)


def test_features_of_a_clip_are_the_mean_over_its_frames_and_how_it_was_encoded(tmp_path: Path) -> None:
    clip = encode(tmp_path / "clip.mkv", rotation=90)
    found = dict(zip(NAMES, of_clip(clip, frames=3).tolist(), strict=True))
    exact = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
    shown = sampled(clip, 3, lambda frame, _: of_picture(frame.to_ndarray(format="rgb24", interpolation=exact)))
    assert [found[name] for name in FRAME] == np.mean(shown, axis=0).tolist()
    assert (found["codec_h264"], found["codec_hevc"], found["profile_high"], found["profile_main"]) == (1, 0, 1, 0)
    assert (found["bits_per_pixel"], found["frame_rate"], found["key_distance"]) == (12, pytest.approx(25), 10)


def test_a_clip_is_measured_once_whatever_it_is_called_and_again_when_it_or_the_question_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    real = of_clip
    monkeypatch.setattr(cache_module, "of_clip", lambda path, *more: (made.append(path), real(path, *more))[1])
    clip = encode(tmp_path / "clip.mp4")
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    kept = Cache(tmp_path / "kept")
    first = kept.features(clip)
    assert np.array_equal(first, kept.features(copy))
    assert made == [clip]
    encode(clip, "mpeg4")
    assert not np.array_equal(first, kept.features(clip))
    Cache(tmp_path / "kept", frames=2).features(copy)
    Cache(tmp_path / "kept", block=16).features(copy)
    monkeypatch.setattr(cache_module, "FEATURE_VERSION", -1)
    assert np.array_equal(first, kept.features(copy))
    assert len(made) == 5
    assert len(list((tmp_path / "kept").iterdir())) == 5


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b"0\n[1, NaN]\n"])
def test_what_is_kept_and_damaged_is_made_again(tmp_path: Path, damage: bytes) -> None:
    clip, kept = encode(tmp_path / "clip.mp4"), Cache(tmp_path / "kept")
    first = kept.features(clip)
    (place,) = (tmp_path / "kept").iterdir()
    whole = place.read_bytes()
    for content in (damage, whole.replace(b"1", b"2"), whole[: len(whole) // 2]):
        place.write_bytes(content)
        assert np.array_equal(kept.features(clip), first)
        assert place.read_bytes() == whole


def test_nothing_is_kept_of_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    os.mkfifo(tmp_path / "pipe.mp4")  # to open it would wait for who writes there
    for name in ("text.mp4", "missing.mp4", "pipe.mp4"):
        with pytest.raises(VideoError, match=name):
            Cache(tmp_path / "kept").features(tmp_path / name)
    assert not (tmp_path / "kept").exists()


def test_a_clip_that_is_still_being_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = encode(tmp_path / "clip.mp4")
    real = of_clip
    monkeypatch.setattr(cache_module, "of_clip", lambda path, *more: (os.utime(path, (1, 1)), real(path, *more))[1])
    with pytest.raises(VideoError, match="was written while it was read"):
        Cache(tmp_path / "kept").features(clip)


def test_those_who_begin_at_once_keep_the_same(tmp_path: Path) -> None:
    clip, kept = encode(tmp_path / "clip.mp4"), Cache(tmp_path / "kept")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(kept.features, [clip] * 8))
    assert all(np.array_equal(each, found[0]) for each in found)
    (place,) = (tmp_path / "kept").iterdir()
    assert list(json.loads(place.read_text().splitlines()[1])) == list(NAMES)


@pytest.mark.long
def test_published_clips_are_measured_and_the_worse_copy_is_told_from_the_better_one(tmp_path: Path) -> None:
    clips = published(tmp_path)
    found = {clip.stem: dict(zip(NAMES, of_clip(clip).tolist(), strict=True)) for clip in clips}
    assert sorted(found) == ["bigbuckbunny", "bikes", "carphone_distorted", "carphone_pristine"]
    assert all(np.isfinite(list(each.values())).all() for each in found.values())
    better, worse = found["carphone_pristine"], found["carphone_distorted"]
    assert (better["bit_rate"], worse["bit_rate"]) == (pytest.approx(1.172, rel=1e-3), pytest.approx(0.0095, rel=1e-2))
    for name in ("noise_energy", "dct_high_mean", "laplacian_variance", "tenengrad"):
        assert better[name] > worse[name], name
