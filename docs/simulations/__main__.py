"""Simulates what docs/gate.md claims of the statistics, by the code of a commit from before and by the present one.

python docs/simulations                     the whole table, some minutes
python docs/simulations --runs 100          a rough one
python docs/simulations --only 1 --only 7   lines by their numbers
python docs/simulations --before HEAD~1     against another commit
"""

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import score_lines
import size_lines
from line import Line

LINES: Sequence[Line] = (*size_lines.LINES, *score_lines.LINES)
ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Print a table in Markdown; the status is 1 when the present code does not keep what a line claims."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help="simulated cases a line (default: each line's own)")
    parser.add_argument("--only", action="append", metavar="NUMBER", help="only lines of this number")
    parser.add_argument("--before", default="c9145df", metavar="REV", help="the commit from before")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # by the code that is on the path
    chosen = parser.parse_args()
    lines = [line for line in LINES if not chosen.only or line.number in chosen.only]
    if chosen.here:
        print(json.dumps([line.rate(chosen.runs or line.runs) for line in lines]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        _extract(chosen.before, Path(folder))
        before, after = (_rates(Path(tree), sys.argv[1:]) for tree in (folder, ROOT))
    print("| line | what | before | after | wanted |", "|---|---|---|---|---|", sep="\n")
    fine = True
    for line, old, new in zip(lines, before, after, strict=True):
        kept = line.holds(new, chosen.runs or line.runs)
        fine = fine and kept
        rates = f"{_in_words(old)} | {_in_words(new)}{'' if kept else ' !'}"
        print(f"| {line.number} | {line.what} | {rates} | {_wanted(line)} |")
    return 0 if fine else 1


def _extract(revision: str, folder: Path) -> None:
    """Write the instrument of a commit into a folder, at the place and under the name that it has today."""
    archive = subprocess.run(
        ["git", "archive", revision, "harness"],  # noqa: S607  # wherever git is
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    package = folder / "harness" / "swapbench"
    if not package.is_dir():
        (folder / "harness").rename(folder / "harness of before")
        (folder / "harness").mkdir()
        (folder / "harness of before").rename(package)
        for file in package.rglob("*.py"):
            file.write_text(
                re.sub(r"\bharness\.(?=plan|run|record|judge|show|commands)", "swapbench.", file.read_text())
            )


def _rates(tree: Path, arguments: Sequence[str]) -> list[float]:
    """Return the rates of the lines as the code in a tree has them."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "harness")}
    command = [sys.executable, str(Path(__file__).parent), *arguments, "--here"]
    told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    return [float(rate) for rate in json.loads(told)]


def _wanted(line: Line) -> str:
    if line.most < 1:
        return f"at most {_in_words(line.most)}"
    return f"at least {_in_words(line.least)}" if line.least else ""


def _in_words(rate: float) -> str:
    return f"{100 * rate:.3g} %"


if __name__ == "__main__":
    sys.exit(main())
