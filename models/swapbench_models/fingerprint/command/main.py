"""The whole command: its parts, and how each ends."""

import argparse
import logging
import os
from collections.abc import Sequence

from swapbench_models.ending import ended, speak_plainly
from swapbench_models.fingerprint.command import evaluating, listing, logs, parallel, work
from swapbench_models.fingerprint.command.environment import resolved
from swapbench_models.fingerprint.error import FingerprintError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0; 1 when it ended, but something in it failed; 2 with one sentence
    for what cannot be done; 130 when it was interrupted."""
    speak_plainly()
    options = _parser().parse_args(arguments)
    return ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    resolved(options)
    _log(getattr(options, "log_level", "WARNING"))
    status: int = options.command(options)
    return status


def _log(level: str) -> None:
    """Let libraries say as much as was asked for; MLflow tells every table that it makes."""
    known = logging.getLevelNamesMapping()
    if level.upper() not in known:
        raise FingerprintError(f"There is no log level '{level}'; choose one of {', '.join(known)}.")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", level.upper())  # for when it is imported, which sets it anew
    for name in ("", "alembic", "mlflow"):
        logging.getLogger(name).setLevel(known[level.upper()])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m swapbench_models.fingerprint", description="Digital fingerprinting of logins."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing.add(commands)
    logs.add(commands)
    work.add(commands)
    evaluating.add(commands)
    parallel.add(commands)
    return parser
