"""`swapbench merge`: the files of several shards as one."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.commands import screen
from swapbench.record import document
from swapbench.record.run import Run
from swapbench.show.summary import summarize

HELP = "merge the reports of shards into one file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="reports (.json) of runs that share no cell")
    parser.add_argument("-o", "--output", required=True, metavar="PATH", help="the file to write")


def run(chosen: argparse.Namespace) -> int:
    """Write the merged file and say how many cells it has."""
    output = Path(chosen.output)
    merged = _merged([document.read(Path(file)) for file in chosen.files], output.stem)
    try:
        document.write(output, merged, {})
    except OSError as error:
        raise SwapError(f"{output}: it could not be written ({error.strerror}).") from error
    told = {"file": str(output), "cells": len(merged.records), "missing": len(merged.missing)}
    if chosen.json:
        print(json.dumps(told, indent=1))
    else:
        screen.say(f"{output}: {summarize(merged).tally}.")
    return 0


def _merged(shards: Sequence[Run], name: str) -> Run:
    """Return all shards as one run; raises SwapError for a cell that two of them have, or suites that differ."""
    records = {record.cell: record for shard in shards for record in shard.records}
    outlines = {outline.name: outline for shard in shards for outline in shard.outlines}
    origin: dict[object, str] = {}
    for shard in shards:
        for record in shard.records:
            other = origin.setdefault(record.cell, shard.name)
            if records[record.cell] is not record or other != shard.name:
                raise SwapError(f"{shard.name}: {other} has {record.cell} too; shards must not overlap.")
        for outline in shard.outlines:
            if outlines[outline.name] != outline:
                raise SwapError(f"{shard.name}: its suite {outline.name} is declared differently in another shard.")
    planned = {test: cell for shard in shards for test, cell in shard.planned.items()}
    started = min(shard.started for shard in shards)
    return Run(name, tuple(outlines.values()), planned, tuple(records.values()), started)
