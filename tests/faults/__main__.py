"""`python -m tests.faults`: injects every fault into the real command, and prints what came of it.

It is no part of `swapbench selfcheck`: what it proves is a property of the code, which is the same on every machine,
and a tool that measures should bring nothing along that kills processes and fills disks.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest has it for the tests

from faults import table
from faults.catalogue import FAULTS
from faults.fault import Fault, Tried, tried
from faults.victim import Truth

_WORDS = 3000  # characters of what a broken promise says


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--each", type=int, default=5, metavar="N", help="injections a fault (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is drawn (default: %(default)s)")
    parser.add_argument("-k", default="", metavar="TEXT", help="only faults whose name has it")
    chosen = parser.parse_args()
    wanted = [fault for fault in FAULTS if chosen.k in fault.title]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        found = _tried([fault for fault in wanted if fault.possible()], Path(folder), chosen.each, chosen.seed)
    print("\n".join((*table.promises(wanted), "", *table.counts(found))))
    impossible = [fault.title for fault in wanted if not fault.possible()]
    took = (time.monotonic() - began) / 60
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {took:.0f} minutes, --each {chosen.each} --seed {chosen.seed}.", end=" ")
    print(f"Not tried, for want of rights: {'; '.join(impossible) or 'nothing'}.")
    return int(any(one.broken for one in found))


def _tried(faults: list[Fault], folder: Path, each: int, seed: int) -> list[Tried]:
    truth, found = Truth.measured(folder / "truth"), []
    for fault in faults:
        for one in tried(fault, truth, folder, each, seed):
            print(f"\r\x1b[2K{fault.title}: {one.times}" if sys.stderr.isatty() else "", end="", file=sys.stderr)
        for words in one.words:
            print(f"\n{words[:_WORDS]}", file=sys.stderr)
        print(f"{fault.title}: {one.times}, {dict(one.broken)}, {one.late} late", file=sys.stderr, flush=True)
        found.append(one)
    return found


if __name__ == "__main__":
    sys.exit(main())
