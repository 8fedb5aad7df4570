"""The command `clean`: away with what the command has written into the working folder, and with nothing else."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from swapbench_models.neural.seal import LARGEST, sealed

_SOURCES, _DRAWINGS = ("py",), ("html", "svg", "png")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add clean."""
    parser = commands.add_parser(
        "clean",
        help="remove what compile has written into this folder",
        description="Says which files of this folder compile has written, and removes them with --yes. Each is known "
        "by its seal, and one that has been edited since is kept.",
    )
    parser.set_defaults(command=_clean)
    parser.add_argument("--yes", "-y", action="store_true", help="remove them, which is else only said")
    parser.add_argument("--all", action="store_true", help="also what visualize has written")


def _clean(options: argparse.Namespace) -> int:
    removed = 0
    for file, intact in _ours(_SOURCES + (_DRAWINGS if options.all else ())):
        if not intact:
            print(f"{file}: kept, for it has been edited")
            continue
        if options.yes:
            file.unlink()
        print(f"{file}: {'removed' if options.yes else 'would be removed'}")
        removed += 1
    if not removed:
        print("There is nothing to remove.")
    elif not options.yes:
        print(f"clean --yes removes {removed} file{'s' if removed > 1 else ''}.")
    return 0


def _ours(forms: tuple[str, ...]) -> Iterator[tuple[Path, bool]]:
    """Yield the files of the working folder that have a seal, and whether each is as it was written."""
    for file in sorted(Path().iterdir()):
        if file.suffix[1:] in forms and file.is_file() and not file.is_symlink() and file.stat().st_size <= LARGEST:
            intact = sealed(file.read_bytes(), file.suffix[1:])
            if intact is not None:
                yield file, intact
