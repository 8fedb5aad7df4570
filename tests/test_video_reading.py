"""Reading clips: the same frames however they are found, upright and in proportion, and an error for what is none."""

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")
import av
from av.video.reformatter import VideoReformatter

from library_process import process
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading import sampling
from swapbench_models.video.reading.codec import codec
from swapbench_models.video.reading.frames import frames, rgb
from swapbench_models.video.reading.packets import packets
from swapbench_models.video.reading.whole import check_whole
from video_clips import FRAMES, encode, peak_of_sampling, repeated, scene, sound

UNEVEN = [number * 40 + number % 3 * 12 + number // 10 * 500 for number in range(FRAMES)]
CLIPS = {
    "plain.mp4": {},
    "plain.mkv": {},
    "no times but of decoding.avi": {},
    "reordered.avi": {"codec": "mpeg4", "options": {"bf": "2"}},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "open.mp4": {"options": {"x264-params": "open-gop=1:keyint=12:min-keyint=12:bframes=3:b-pyramid=normal"}},
    "open hevc.mp4": {"codec": "libx265", "options": {"x265-params": "open-gop=1:keyint=12:log-level=none"}},
    "refreshed.mkv": {"options": {"x264-params": "intra-refresh=1:keyint=12"}},
    "odd.mp4": {"width": 63, "height": 47, "pixels": "yuv444p"},
    "odd.gif": {"codec": "gif", "width": 63, "height": 47, "pixels": "rgb8"},
    "turned.mp4": {"rotation": -90},
    "uneven.mp4": {"times": UNEVEN},
    "uneven.mkv": {"times": UNEVEN},
    "short.mp4": {"count": 3},
    "still.mp4": {"count": 1},
}
# Of these, times do not lead to a frame, or decoding cannot begin at the key frame before it.
COUNTED = {"no times but of decoding.avi", "open.mp4", "refreshed.mkv"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clips")
    for name, how in CLIPS.items():
        encode(made / name, **how)
    return made


@pytest.mark.parametrize("name", CLIPS)
def test_frames_are_the_same_whether_they_are_sought_or_all_are_decoded(folder: Path, name: str) -> None:
    with av.open(str(folder / name)) as container:
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(decoded) == CLIPS[name].get("count", FRAMES)
    for count in (1, 7, 16, 100):
        found = sampling.sampled(folder / name, count, lambda frame, _: frame.to_ndarray(format="rgb24"))
        wanted = np.rint(np.linspace(0, len(decoded) - 1, count)).astype(int)
        assert all(np.array_equal(frame, decoded[at]) for frame, at in zip(found, wanted, strict=True))


@pytest.mark.parametrize("name", [name for name in CLIPS if name not in COUNTED])
def test_nothing_is_counted_where_times_are_true(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "_by_counting", None)
    assert frames(folder / name, 8, 16).shape == (8, 16, 16, 3)


def test_a_long_clip_is_not_decoded_as_a_whole(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = repeated(folder / "plain.mp4", tmp_path / "long.mp4", 50)
    passed = 0
    found = sampling._from

    def counted(*given: object) -> object:
        nonlocal passed
        for frame in found(*given):
            passed += 1
            yield frame

    monkeypatch.setattr(sampling, "_from", counted)
    assert frames(long, 8, 16).shape == (8, 16, 16, 3)
    assert passed <= 8 * 12


def test_a_frame_keeps_its_proportions_in_the_middle_of_black(folder: Path) -> None:
    (shown,) = frames(folder / "still.mp4", 1, 64)
    assert not shown[:8].any()
    assert not shown[-8:].any()
    assert (np.abs(shown[8:-8].astype(int) - scene(1, 64, 48)[0]) < 60).mean() > 0.9
    wide = encode(folder / "wide pixels.mp4", count=1, width=32, height=48, aspect=Fraction(2))
    (shown,) = frames(wide, 1, 64)
    assert shown[8:-8].any(axis=(0, 2)).all()
    assert not shown[:8].any()


def test_a_frame_stands_upright(folder: Path) -> None:
    # Of the same file: on a busy machine x264 does not write the same twice.
    (frame,) = sampling.sampled(folder / "turned.mp4", 1, lambda frame, _: rgb(frame, VideoReformatter(), 64, 48))
    lying = np.pad(frame, ((8, 8), (0, 0), (0, 0)))
    (turned,) = frames(folder / "turned.mp4", 1, 64)
    assert np.array_equal(turned, np.rot90(lying, -1))
    assert not np.array_equal(turned, np.rot90(lying, 1))


def test_a_codec_is_told(folder: Path) -> None:
    told = codec(folder / "plain.mp4")
    with av.open(str(folder / "plain.mp4")) as container:
        sizes = [packet.size for packet in container.demux(video=0) if packet.size]
    assert (told.name, told.profile, told.pixel_format) == ("h264", "High", "yuv420p")
    assert (told.frame_rate, told.key_distance) == (pytest.approx(25), FRAMES / 4)
    assert told.bit_rate == pytest.approx(sum(sizes) * 8 / (FRAMES / 25) / 1e6)
    assert (told.packet_mean, told.packet_std) == (pytest.approx(np.mean(sizes)), pytest.approx(np.std(sizes)))
    assert codec(folder / "uneven.mkv").frame_rate == pytest.approx((FRAMES - 1) / (UNEVEN[-1] / 1000), rel=1e-3)
    assert codec(folder / "odd.mp4").pixel_format == "yuv444p"
    assert (codec(folder / "still.mp4").frame_rate, codec(folder / "still.mp4").bit_rate) == (0, 0)


def test_key_frames_are_counted_where_a_container_has_no_times(tmp_path: Path) -> None:
    with av.open(str(encode(tmp_path / "raw.h264"))) as container:
        known = packets(container, container.streams.video[0])
    assert (known.count, known.key_count, known.timed) == (FRAMES, 4, False)


def cut(source: Path, path: Path) -> None:
    path.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])


def damage(source: Path, path: Path) -> None:
    content = bytearray(source.read_bytes())
    content[1000:3000] = bytes(255 - byte for byte in content[1000:3000])
    path.write_bytes(content)


def playlist(_: Path, path: Path) -> None:
    path.write_text("#EXTM3U\n#EXTINF:1,\nplain.mkv\n#EXT-X-ENDLIST\n")


HOSTILE: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "missing.mp4": (lambda folder, path: None, r"cannot be read \(No such file or directory\)"),
    "folder.mp4": (lambda folder, path: path.mkdir(), "cannot be read"),
    "empty.mp4": (lambda folder, path: path.touch(), "is empty"),
    "text.mp4": (lambda folder, path: path.write_text("no video\n" * 99), "cannot be read as video"),
    "text.txt": (lambda folder, path: path.write_text("drawn by FFmpeg\n" * 99), "no MP4, MOV, MKV, WebM, AVI or GIF"),
    "list.m3u8": (playlist, "cannot be read as video"),
    "sound.mp4": (lambda folder, path: sound(path), "no moving picture, but audio"),
    "no frame.mkv": (lambda folder, path: encode(path, "mpeg4", count=0), "."),
    "cut.mp4": (lambda folder, path: cut(folder / "plain.mp4", path), "is cut off"),
    "cut.mkv": (lambda folder, path: cut(folder / "plain.mkv", path), "is cut off"),
    "cut.avi": (lambda folder, path: cut(folder / "reordered.avi", path), "is cut off"),
    "cut.gif": (lambda folder, path: cut(folder / "odd.gif", path), "does not say where it ends"),
    "index first.mp4": (
        lambda folder, path: cut(encode(path.with_name("first.mp4"), container={"movflags": "faststart"}), path),
        "is cut off",
    ),
    "streamed.mkv": (lambda folder, path: encode(path, container={"live": "1"}), "does not say where it ends"),
    **{
        f"no end.{ending}": (lambda folder, path, codec=codec: encode(path, codec), "it is no MP4, MOV, MKV")
        for ending, codec in {"ts": "libx264", "flv": "flv", "asf": "msmpeg4", "ivf": "libvpx-vp9"}.items()
    },
    "damaged.mp4": (lambda folder, path: damage(folder / "plain.mp4", path), "cannot be read as video"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_whole_video_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    make, why = HOSTILE[name]
    shutil.copy(folder / "plain.mkv", tmp_path)
    path = tmp_path / name
    make(folder, path)
    with pytest.raises(VideoError, match=why) as raised:
        frames(path, 8, 16)
    assert str(raised.value).startswith(f"{path}: ")
    assert str(raised.value).endswith(".")


@pytest.mark.parametrize("name", ["odd.gif", "plain.mkv", "plain.mp4", "reordered.avi"])
def test_a_file_is_whole_at_its_last_byte_and_not_before(folder: Path, tmp_path: Path, name: str) -> None:
    content, path = (folder / name).read_bytes(), tmp_path / name
    for more in (b"", bytes(9)):
        path.write_bytes(content + more)
        check_whole(path)
    for size in (*range(100, len(content), len(content) // 50), len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(VideoError, match="is cut off"):
            check_whole(path)


def test_no_frames_are_no_question(folder: Path) -> None:
    for count, size in ((0, 16), (8, 0)):
        with pytest.raises(VideoError, match="ask for one"):
            frames(folder / "plain.mp4", count, size)


@pytest.mark.long
def test_a_clip_of_four_hours_takes_no_more_memory_than_one_of_two_seconds(folder: Path, tmp_path: Path) -> None:
    long = repeated(folder / "plain.mp4", tmp_path / "long.mp4", 4 * 60 * 60 * 25 // FRAMES)
    with process() as ask:
        _, short_kib = ask(peak_of_sampling, str(folder / "plain.mp4"))
    with process() as ask:
        found, long_kib = ask(peak_of_sampling, str(long))
    assert found == 8
    assert long_kib - short_kib < 50 << 10
