"""`python -m tests.faults`: injects every fault, and prints what came of it."""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest has it for the tests

from faults.catalogue import FAULTS
from faults.fault import tried
from faults.victim import Truth


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-k", default="")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    truth = Truth.measured(folder / "truth")
    for fault in FAULTS:
        if chosen.k not in fault.name:
            continue
        seen = 0
        for found in tried(fault, truth, folder, chosen.each, chosen.seed):
            for words in found.words[seen:]:
                print(words, file=sys.stderr)
            seen = len(found.words)
        print(fault.name, found.times, dict(found.broken), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
