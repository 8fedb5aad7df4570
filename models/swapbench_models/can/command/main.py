"""The whole command: its parts, and how each ends."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swapbench_models.can.command import (
    evaluating,
    generating,
    graphing,
    guiding,
    listing,
    training,
    watching,
)
from swapbench_models.can.command.arguments import Made
from swapbench_models.ending import ended, speak_plainly

if TYPE_CHECKING:
    from swapbench_models.can.runs.factory import Factory
    from swapbench_models.can.runs.recordings import Recordings

_PARTS = (listing, training, guiding, evaluating, graphing, generating, watching)


def main(
    arguments: Sequence[str] | None = None, make: "Factory | None" = None, recordings: "Recordings | None" = None
) -> int:
    """Run one command and return its exit status: 0; 1 when it ended, but something in it failed; 2 with one sentence
    for what cannot be done; 130 when it was interrupted.

    `make` makes the detectors that are trained, the family's own by default, and `recordings` are those that they learn
    from in the place of any that are asked for.
    """
    speak_plainly()
    options = _parser().parse_args(arguments)
    options.made = Made(make, recordings)
    return ended(lambda: _run(options), "can", lambda: getattr(options, "interrupted", ""))


def _run(options: argparse.Namespace) -> int:
    status: int = options.command(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m swapbench_models.can",
        description="Detectors of attacks on a vehicle's CAN bus: trained on recordings, judged and compared.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in _PARTS:
        part.add(commands)
    return parser
