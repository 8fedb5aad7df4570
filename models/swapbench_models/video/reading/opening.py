"""Opening: a clip and its picture, or one sentence on why there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from swapbench_models.error import told
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.regular import unreadable
from swapbench_models.video.reading.whole import check_whole

# Containers that can be told to be whole, and nothing but the file itself: others are texts that FFmpeg draws, and
# playlists, which lead to whatever their author likes.
_OPTIONS = {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif", "protocol_whitelist": "file"}

# Of a frame: a few bytes may say that it is larger than memory.
_MOST_PIXELS = 1 << 26


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Yield a clip and its first stream of moving pictures, which decodes in one thread and notices damage.

    What FFmpeg raises meanwhile is raised as VideoError, which names the file; so is what is no whole video.
    """
    path = Path(path)
    try:
        check_whole(path)
        with av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace") as container:
            yield container, _moving(container, path)
    except av.FFmpegError as error:
        raise VideoError(f"{path}: cannot be read as video ({_reason(error)}); encode it again.") from error
    except IndexError as error:  # all that PyAV says of a stream that it did not find when it opened the file
        raise VideoError(f"{path}: a stream begins in the midst of it; put its pictures alone into a file.") from error
    except OSError as error:
        raise unreadable(path, error) from error


def _moving(container: InputContainer, path: Path) -> VideoStream:
    # A cover of an album is a stream of video to FFmpeg.
    found = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not found:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "no streams"
        raise VideoError(f"{path}: holds no moving picture, but {kinds}; give the path of a video.")
    stream = found[0]
    if stream.codec_context is None:
        raise VideoError(f"{path}: its codec is not known; encode it as H.264, say.")
    # Clips are many, and processes that share them few: threads of one clip would only take the cores from another.
    stream.thread_count = 1
    # Otherwise what is damaged is made up from the frames round it.
    stream.codec_context.options = {"err_detect": "explode", "max_pixels": str(_MOST_PIXELS)}
    return stream


def _reason(error: av.FFmpegError) -> str:
    if isinstance(error, av.ArgumentError):  # all that FFmpeg says of a format that is not among ours
        return "its format is none of moving pictures"
    return error.strerror or told(error)
