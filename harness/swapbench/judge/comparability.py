"""Comparability: whether two records were made under the same conditions."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from swapbench.judge import machines
from swapbench.record.record import Record

What = Literal["speed", "scores"]
_SPEED = ("threads", "slot", "device", "start", "batch_size", "restored")
_SCORES = ("device", "batch_size")
_SPLIT = ("seed", "folds", "data")
# What a row brings along, in words: between two rows it is a part of what is compared.
OF_ROW: Mapping[str, str] = {
    "device": "the device",
    "start": "how children are started",
    "batch_size": "the batch size",
    "restored": "whether the fitted model was restored from the cache, as one that has save_fitted is",
}


def obstacle(baseline: Record, record: Record, what: What) -> str | None:
    """Say what forbids comparing two records of a cell, naming the key and both values; None when nothing does.

    Times and memory need the same profile, machine (or class of machines), share of the processor, batch size and
    versions; scores the same profile, data, split, batch size and versions, on whatever machine. Of two rows that are
    compared with each other the libraries, and what else is theirs (OF_ROW), need not be the same.
    """
    return next(_obstacles(baseline, record, what), None)


def same_calls(before: Record, after: Record) -> tuple[Record, Record]:
    """Return both records with samples of the same calls.

    A phase of one call is made on several models a round where it is short, and a process is slower in its first call
    than in those that follow. Where the one record has such samples and the other has not (it lay just beyond what is
    short, or was made before there were several), only first calls are left on both sides.
    """
    kinds = [{sample.get("models", 1) > 1 for sample in record.samples} for record in (before, after)]
    if kinds[0] | kinds[1] != {True, False}:
        return before, after
    return _first_calls(before), _first_calls(after)


def _first_calls(record: Record) -> Record:
    samples = [{**sample, "walls": sample["walls"][:1], "wall_s": sample["walls"][0]} for sample in record.samples]
    return replace(record, samples=tuple(samples))


def _obstacles(baseline: Record, record: Record, what: What) -> Iterator[str]:
    if baseline.cell.profile != record.cell.profile:
        yield _in_words("profile", baseline.cell.profile, record.cell.profile)
    before, after = baseline.environment, record.environment
    if what == "speed":
        yield from _differences("machine ", machines.compared(baseline), machines.compared(record))
    one_row = baseline.cell.row == record.cell.row
    for key in (*_SPLIT, *(_SPEED if what == "speed" else _SCORES)):
        if before.get(key) != after.get(key) and (one_row or key not in OF_ROW):
            yield _in_words(key.replace("_", " "), before.get(key), after.get(key))
    versions = before.get("versions", {}), after.get("versions", {})
    yield from _differences("version of ", *versions, shared=not one_row)


def _differences(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any], *, shared: bool = False
) -> Iterator[str]:
    """Yield what differs, or of what both have where that is `shared`."""
    for key in sorted(before.keys() & after.keys() if shared else before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield _in_words(f"{name}{key}", before.get(key), after.get(key))


def _in_words(key: str, before: Any, after: Any) -> str:
    return f"the {key} differs: {before} before, {after} now"
