"""Files: written whole, or what they were before."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from swapbench_models.error import FamilyError


def write(file: Path, content: bytes) -> None:
    """Write a file in a folder of its own beside its place, and put it there when it is complete.

    A link stays one, and what it leads to is written, as by `cp`, a shell's `>` and most editors: who keeps his files
    elsewhere wants them there. What is no regular file, a device or a pipe, is written as it is. Raises FamilyError
    where the file cannot be written.
    """
    try:
        if file.exists() and not file.is_file():
            file.write_bytes(content)
            return
        place = Path(os.path.realpath(file))
        with TemporaryDirectory(prefix=".partial-", dir=place.parent) as folder:
            partial = Path(folder) / "partial"
            with partial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())  # without it the name can be on disk before the content
            if place.exists():
                shutil.copymode(place, partial)
            partial.replace(place)
    except OSError as error:
        raise FamilyError(f"{file}: cannot be written ({error.strerror or error}).") from error
