"""The command: runs the checks, prints what they found beside what is allowed."""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.base.system import require_linux
from swapbench.commands.selfcheck import cluster, cost, fanout, memory
from swapbench.commands.selfcheck.finding import Finding
from swapbench.commands.selfcheck.gate import check as gate
from swapbench.commands.selfcheck.scale import check as scale

HELP = "measure the instrument itself: cost of a round, error of the memory figure, effect of a second worker"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="rounds a check (default: %(default)s)")
    parser.add_argument(
        "--pairs", type=int, default=3, metavar="N", help="runs with one and with two workers (default: %(default)s)"
    )
    parser.add_argument("--ray", action="store_true", help="measure what the engine ray adds instead")
    parser.add_argument("--gate", action="store_true", help="measure the gate's error rates instead: 1 to 3 hours")
    parser.add_argument(
        "--comparisons", type=int, default=100, metavar="N", help="comparisons of each kind (default: %(default)s)"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="comparisons at a time, each on a core (default: %(default)s)",
    )
    parser.add_argument("--samples", metavar="FILE", help="keep the gate's samples, and go on from those kept")
    parser.add_argument("--scale", action="store_true", help="measure runs of many empty cells instead: half an hour")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[*scale.SIZES],
        metavar="N",
        help=f"how many cells (default: {' '.join(map(str, scale.SIZES))})",
    )


def run(chosen: argparse.Namespace) -> int:
    """Print the findings; the status is 1 when one is outside what is allowed."""
    require_linux()
    findings = []
    for finding in _asked(chosen):
        findings.append(finding)
        if not chosen.json:
            print(finding.line(), flush=True)
    if chosen.json:
        print(json.dumps({"findings": [finding.as_dict() for finding in findings]}, indent=1))
    return 0 if all(finding.fine for finding in findings) else 1


def _asked(chosen: argparse.Namespace) -> Iterator[Finding]:
    if chosen.gate:
        return _gate(chosen)
    if chosen.ray:
        return _ray(chosen)
    return _scale(chosen.sizes) if chosen.scale else _findings(chosen.rounds, chosen.pairs)


def _scale(sizes: list[int]) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        yield from scale.findings(Path(folder), sizes)


def _ray(chosen: argparse.Namespace) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        yield from cluster.findings(Path(folder), chosen.rounds, chosen.pairs)


def _gate(chosen: argparse.Namespace) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    if not 1 <= chosen.workers <= cores:
        raise SwapError(f"--workers {chosen.workers}: this process may use {cores} cores; ask for 1 to that many.")
    if chosen.comparisons < 1:
        raise SwapError(f"--comparisons {chosen.comparisons}: give a positive number.")
    with tempfile.TemporaryDirectory() as folder:
        yield from gate.findings(
            Path(folder), chosen.comparisons, chosen.workers, chosen.samples and Path(chosen.samples)
        )


def _findings(rounds: int, pairs: int) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        yield from cost.findings(store, rounds)
        yield from memory.findings(store, rounds)
        if len(os.sched_getaffinity(0)) < 2:
            yield Finding("second worker", None, "", None, "this machine has one core")
        else:
            yield from fanout.findings(store, pairs)
