"""Text: a path as a table has it."""

from pathlib import Path

from swapbench_models.video.error import VideoError


def as_text(path: Path) -> str:
    """Return a path in the letters of UTF-8; raises VideoError where a file system let it have other bytes."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise VideoError(f"{text!r}: is no UTF-8, and a table could not name it; give it another name.") from error
    return text
