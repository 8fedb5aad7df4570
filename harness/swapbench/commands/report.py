"""`swapbench report`: one run, or the history of many, as a report."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from swapbench.base.garbage import unsearched
from swapbench.commands import screen
from swapbench.commands.store import add_store, load, load_all, store_folder
from swapbench.judge.gate import Gate
from swapbench.judge.history import histories
from swapbench.judge.judgement import judge
from swapbench.show import files, text
from swapbench.show.summary import summarize

HELP = "show runs again: the last one in full, all of them as history"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", nargs="*", metavar="RUN", help="files, or runs of the store (default: all of the store)"
    )
    parser.add_argument(
        "-o", "--output", action="append", default=[], metavar="PATH", help="write to .html, .md, .csv or .json"
    )
    parser.add_argument("--baseline", metavar="A", help="judge the last run against this file or run")
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Print or write the report of the last of the runs, with the history of all."""
    with unsearched():
        return _reported(chosen)


def _reported(chosen: argparse.Namespace) -> int:
    outputs = [Path(path) for path in chosen.output]
    for path in outputs:
        files.check(path, "--output")
    store = store_folder(chosen.store)
    # The journal knows which began first; of files, which come from any machine, their clocks do.
    named = sorted((load(name, store) for name in chosen.runs), key=lambda run: run.started)
    runs = named or load_all(store)
    last = runs[-1]
    baseline = load(chosen.baseline, store) if chosen.baseline else None
    gate = Gate(chosen.baseline, judge(baseline, last)) if baseline else None
    history = histories(runs)
    summary = summarize(last, gate, baseline, history)
    for path in outputs:
        files.write(summary, path)
    if chosen.json:
        print(json.dumps({"run": last.name, "history": [asdict(line) for line in history]}, indent=1))
    elif not outputs:
        print("\n".join(text.lines(summary, screen.width(), screen.ink())))
    if outputs and not chosen.json:
        print("\n".join(map(str, outputs)), file=sys.stderr)
    return 0
