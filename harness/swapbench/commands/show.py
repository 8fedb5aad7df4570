"""`swapbench show`: all that is known of a cell, from its samples to what it printed."""

import argparse
import json
from collections.abc import Iterator

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.commands.store import add_store, load, store_folder
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show.paragraph import harmless

HELP = "show one cell in full: samples, scores, conditions, what it printed"
_NAMED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="+", metavar="WORD", help="the name of the cell's test, or words that its name has, such as cnn"
    )
    parser.add_argument("--run", metavar="RUN", help="a run of the store or a file (default: the last run)")
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Print the one cell that has all of the words; raises SwapError that lists the cells when it is not one."""
    run = load(chosen.run, store_folder(chosen.store))
    record = _only(run, chosen.words)
    print(json.dumps(record.as_dict(), indent=1) if chosen.json else "\n".join(map(harmless, _lines(run, record))))
    return 0


def _only(run: Run, words: list[str]) -> Record:
    tests = {cell: test for test, cell in run.planned.items()}
    names = {record.cell: f"{tests.get(record.cell, '')} {record.cell}" for record in run.records}
    exact = [record for record in run.records if words == [tests.get(record.cell)]]
    found = exact or [record for record in run.records if all(word in names[record.cell] for word in words)]
    if len(found) == 1:
        return found[0]
    candidates = found or list(run.records)
    listed = "; ".join(str(record.cell) for record in candidates[:_NAMED])
    more = f"; and {len(candidates) - _NAMED:,} more" if len(candidates) > _NAMED else ""
    which = f"{len(found)} cells have" if found else "no cell has"
    asked = " and ".join(map(repr, words))
    raise SwapError(f"run {run.name}: {which} {asked} in the name of the cell or its test: {listed}{more}.")


def _lines(run: Run, record: Record) -> Iterator[str]:
    yield record.sentence()
    yield f"  run          {run.name}, profile {record.cell.profile}, {record.started} to {record.ended}"
    if record.source:
        dirty = " with changes that were not committed" if record.source.get("dirty") else ""
        yield f"  commit       {record.source.get('commit', 'unknown')}{dirty}"
    yield f"  key          {record.key}"
    for number, sample in enumerate(record.samples):
        yield f"  round {number}      {_sample(sample)}"
    for sample in record.discarded:
        yield f"  discarded    {_sample(sample)}"
    yield from _results(record)
    for name, value in record.environment.items():
        if value is None:
            continue
        shown = ", ".join(f"{key} {own}" for key, own in value.items()) if isinstance(value, dict) else value
        yield f"  {name:<13}{shown}"
    if record.output:
        yield "  it printed:"
        yield from (f"    {line}" for line in record.output.splitlines())


def _results(record: Record) -> Iterator[str]:
    counts = {"parameters": record.parameters, "FLOPs/example": record.flops_per_example}
    yield from (f"  {name:<13}{value:,.0f}" for name, value in counts.items() if value is not None)
    yield from (f"  {name:<12} {score:.6g}" for name, score in record.scores.items())
    if record.test_examples is not None:
        again = f", of which another fold tests {max(record.retested.values()):,} too" if record.retested else ""
        learnt = "unknown" if record.train_examples is None else f"{record.train_examples:,}"
        yield f"  examples     {learnt} to train on, {record.test_examples:,} to test on{again}"
    if record.deterministic is not None:
        yield f"  predictions  {'the same' if record.deterministic else 'not the same'} in every round"


def _sample(sample: dict[str, float]) -> str:
    """Return a round in words; of one that another tool has measured not all is known."""
    parts = [units.seconds(sample["wall_s"])]
    if "cpu_s" in sample:
        parts.append(f"cpu {units.seconds(sample['cpu_s'])}")
    if "peak_memory_bytes" in sample:
        parts.append(f"peak {units.mebibytes(sample['peak_memory_bytes'])}")
    if sample["contaminated"]:
        parts.append(
            f"contaminated: others had {sample.get('foreign_cpus', 0.0):.0%} of its cores and kept it waiting for "
            f"{sample.get('waited', 0.0):.0%} of its time, and its core took {sample.get('slowdown', 1.0):.2f} times "
            "as long as at its best"
        )
    return ", ".join(parts)
