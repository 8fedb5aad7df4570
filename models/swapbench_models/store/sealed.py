"""Sealed folders: files that are given out only when their bytes are those that were written."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swapbench_models import reading
from swapbench_models.store.error import ModelError

SUMS = "SHA256SUMS"
_ADVICE = "Train it again."


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, which is made, and beside them their SHA-256, in the form of `sha256sum`, which can
    check them. Raises ModelError for what is no name of a file in it."""
    for name in files:
        _check(name)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / SUMS).write_text("".join(f"{_digest(files[name])}  {name}\n" for name in sorted(files)))


@dataclass(frozen=True)
class Sealed:
    """The files of a folder that `write` has written."""

    folder: Path

    def read(self, name: str) -> bytes:
        """Return a file's bytes; raises ModelError, which names it, when they are not what was written, are not there,
        or were never sealed."""
        _check(name)
        try:
            lines = reading.read(self.folder / SUMS).decode().splitlines()
            content = reading.read(self.folder / name, reading.MODEL)
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"The model in {self.folder} is not whole: {error}. {_ADVICE}") from error
        known = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        if known.get(name) != _digest(content):
            raise ModelError(f"The model in {self.folder} is damaged: {name} is not what its {SUMS} says. {_ADVICE}")
        return content


def _check(name: str) -> None:
    """Raise ModelError for what is no plain name: it would lie elsewhere, or stand for another line of the sums."""
    if not name or Path(name).name != name or name in ("..", SUMS) or not name.isprintable():
        raise ModelError(f"{name!r} is no name of a file of a model.")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
