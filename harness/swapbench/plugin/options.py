"""Options: what the command line may ask for; what it does ask for is read in choices.py, once there are suites."""

import argparse
import re

import pytest

from swapbench.plan.cell import DIMENSIONS, Row
from swapbench.plan.name import PROFILES
from swapbench.record.store import STORE
from swapbench.run.lease import MODES

LAST = "last"
MARKER = "swap_tolerance"
MARKER_HELP = (
    f"{MARKER}({', '.join(f'{name}=None' for name in Row._fields)}, **tolerances): how far metrics of a suite's cells "
    "may move, such as accuracy=0.01 or fit_time='5%'"
)
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}
_SEEDS = 2**31
_PLAIN = "; '' is the plain one"


def add(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("swapbench", "compare models: time, memory and accuracy of every cell")
    for dimension in DIMENSIONS:
        group.addoption(
            f"--swap-{dimension}",
            action="append",
            default=[],
            metavar="VALUE",
            help=f"only this {dimension} (repeatable{_PLAIN if dimension == 'variant' else ''})",
        )
    group.addoption(
        "--swap-profile", default="quick", metavar="NAME", help=f"how big: {', '.join(PROFILES)} (default %(default)s)"
    )
    group.addoption("--swap-folds", type=_whole, metavar="K", help="folds of every dataset (default: the suite's)")
    group.addoption("--swap-rounds", type=_positive, metavar="N", help="rounds of every cell (default: the suite's)")
    group.addoption(
        "--swap-timeout", type=_seconds, metavar="S", help="seconds one round may take (default: the suite's, 600)"
    )
    group.addoption(
        "--swap-threads", type=_positive, default=1, metavar="N", help="threads a child (default %(default)s)"
    )
    group.addoption(
        "--swap-slot",
        choices=MODES,
        help="timed sections run one at a time (exclusive), on cores of their own (pinned, the default while workers x "
        "threads fit), or anyhow (none, for scores only)",
    )
    group.addoption(
        "--swap-seed", type=seed, default=0, metavar="N", help="seed of splits and models (default %(default)s)"
    )
    group.addoption(
        "--swap-memory-limit",
        type=_size,
        metavar="SIZE",
        help="how much a phase may allocate, such as 512M (default: any)",
    )
    group.addoption(
        "--swap-engine",
        default="local",
        metavar="NAME",
        help="what executes cells: local, ray (all cores of this machine at once), ray://host:port (a cluster), or the "
        "target of an engine of your own (default: %(default)s)",
    )
    group.addoption(
        "--swap-machine-class",
        metavar="NAME",
        help="all machines that measure are of one kind: their times are compared, whichever of them it was",
    )
    group.addoption("--swap-data", metavar="DIR", help="folder of real data sets")
    group.addoption("--swap-store", metavar="DIR", help=f"journal and cache (default: {STORE} in pytest's root folder)")
    group.addoption(
        "--swap-resume",
        nargs="?",
        const=LAST,
        metavar="RUN",
        help="continue a run (default: the last): measure what is missing, failed, or has changed",
    )
    group.addoption(
        "--swap-report",
        action="append",
        default=[],
        metavar="PATH",
        help="write a report: .html, .md, .csv or .json (repeatable)",
    )
    group.addoption(
        "--swap-gate",
        action="store_true",
        help="fail when a cell is worse than the accepted baseline allows, after measuring suspects again",
    )
    group.addoption(
        "--swap-strict",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="let the gate fail also for what it cannot judge",
    )
    group.addoption(
        "--swap-baseline", metavar="PATH", help="what the gate compares with (default: baseline.json in the store)"
    )
    group.addoption(
        "--swap-budget",
        type=_seconds,
        default=900.0,
        metavar="S",
        help="seconds that measuring suspects again may take (default: 900)",
    )
    group.addoption(
        "--swap-companions",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="give pytest-benchmark's files entries for memory and scores too, in groups of their own",
    )
    # Which test files are run where no other are given: only pytest can tell a path from the value of an option.
    group.addoption("--swap-otherwise", help=argparse.SUPPRESS)
    group.addoption("--swap-jobs", help=argparse.SUPPRESS)  # a file, from which `ab` and `versus` measure
    group.addoption("--swap-anyway", action="store_true", help=argparse.SUPPRESS)  # also values that no suite has
    group.addoption("--swap-plan", metavar="PATH", help="write the collected suites and cells as JSON to PATH")


def settle_arguments(arguments: list[str]) -> None:
    """Give a bare --swap-resume its value, so that it does not take the argument that follows it for one."""
    arguments[:] = [f"--swap-resume={LAST}" if one == "--swap-resume" else one for one in arguments]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def seed(text: str) -> int:
    """Read a seed of splits and models."""
    value = _whole(text)
    if not 0 <= value < _SEEDS:  # what every library takes, with room for the further seeds of a comparison
        raise argparse.ArgumentTypeError(f"{text} is not a seed from 0 to {_SEEDS - 1}")
    return value


def _positive(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no positive number of seconds")
    return value


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+)([KMG]?)(i?B)?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is no size; write 512M or 2G")
    return int(match[1]) * _UNITS[match[2]]
