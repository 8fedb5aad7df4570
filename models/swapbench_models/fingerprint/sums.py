"""Sums: files that are read back only when their bytes are those that were written."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from swapbench_models.fingerprint.error import ModelError

SUMS = "SHA256SUMS"


def seal(folder: Path) -> None:
    """Write the SHA-256 of each file of a folder into a file of it, in the form of `sha256sum`, which can check it."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    (folder / SUMS).write_text("".join(f"{_digest(path.read_bytes())}  {path.name}\n" for path in files))


def checked(folder: Path, *names: str) -> Mapping[str, bytes]:
    """Return the bytes of the files of these names; raises ModelError, which names it, when one is not what was
    written, is not there, or was never sealed."""
    try:
        lines = (folder / SUMS).read_text().splitlines()
        known = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        found = {name: (folder / name).read_bytes() for name in names}
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The model in {folder} is not whole: {error}. {_ADVICE}") from error
    for name, content in found.items():
        if known.get(name) != _digest(content):
            raise ModelError(f"The model in {folder} is damaged: {name} is not what its {SUMS} says. {_ADVICE}")
    return found


_ADVICE = "Train it again."


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
