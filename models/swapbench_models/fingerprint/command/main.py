"""The whole command: its parts, and how each ends."""

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence

from swapbench_models.error import FamilyError
from swapbench_models.fingerprint.command import evaluating, listing, logs, parallel, work
from swapbench_models.fingerprint.command.environment import resolved
from swapbench_models.fingerprint.error import FingerprintError

_GONE = 141  # as the shell says it of a writer whose reader has gone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0; 1 when it ended, but something in it failed; 2 with one sentence
    for what cannot be done; 130 when it was interrupted."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may hold bytes that are no text
    options = _parser().parse_args(arguments)
    try:
        resolved(options)
        _log(getattr(options, "log_level", "WARNING"))
        status: int = options.command(options)
        sys.stdout.flush()
    except FamilyError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _GONE
    except OSError as error:
        print(f"{error.filename or 'A file'}: {error.strerror or error}", file=sys.stderr)
        return 2
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
