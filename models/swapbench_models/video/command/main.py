"""The whole command: its parts, and how each ends."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swapbench_models.ending import ended, speak_plainly
from swapbench_models.video.command import comparing, evaluating, extracting, generating, listing, training

if TYPE_CHECKING:
    from swapbench_models.video.runs.factory import Factory

_PARTS = (listing, generating, extracting, training, evaluating, comparing)


def main(arguments: Sequence[str] | None = None, make: "Factory | None" = None) -> int:
    """Run one command and return its exit status: 0; 1 when it ended, but something in it failed or is not as it was;
    2 with one sentence for what cannot be done; 130 when it was interrupted.

    `make` makes the classifiers that are trained, the family's own by default.
    """
    speak_plainly()
    options = _parser().parse_args(arguments)
    options.make = make
    return ended(lambda: _run(options), "video", lambda: getattr(options, "interrupted", ""))


def _run(options: argparse.Namespace) -> int:
    status: int = options.command(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m swapbench_models.video", description="Classifiers of clips: trained on folds, checked and compared."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in _PARTS:
        part.add(commands)
    return parser
