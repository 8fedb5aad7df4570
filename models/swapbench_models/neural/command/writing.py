"""Files that the command writes: whole, or what was there before."""

from pathlib import Path


def write(file: Path, content: bytes) -> None:
    """Write a file beside its place and put it there when it is complete."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
