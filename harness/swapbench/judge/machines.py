"""Machines: which records were measured on machines whose times can be held against each other."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from swapbench.record.record import Record

# What need not be equal of machines that are named one class: which of them it was, and what is left of their memory
# when each has booted.
_OF_ONE = ("host", "memory_bytes")


def compared(record: Record) -> Mapping[str, Any]:
    """Return what must be equal of two machines before times of theirs are compared."""
    machine = record.environment.get("machine") or {}
    return {name: value for name, value in machine.items() if not machine.get("class") or name not in _OF_ONE}


def kind(record: Record) -> str:
    """Return the same text for machines whose times can be compared, and only for those."""
    return json.dumps(compared(record), sort_keys=True)


def away(rows: Mapping[str, Mapping[int, Record]], reference: str) -> set[str]:
    """Return the rows that cannot be compared with the others: in some fold they were measured elsewhere than most were
    (of equally many, than the reference row was). `rows` have their records by fold."""
    order = sorted(rows, key=lambda row: row != reference)
    homes: dict[int, Counter[str]] = {}
    for row in order:
        for fold, record in rows[row].items():
            homes.setdefault(fold, Counter())[kind(record)] += 1
    home = {fold: counts.most_common(1)[0][0] for fold, counts in homes.items()}
    return {row for row, own in rows.items() if any(kind(record) != home[fold] for fold, record in own.items())}


def alike(one: Mapping[int, Record], other: Mapping[int, Record]) -> bool:
    """Tell whether two rows were measured on machines that can be compared, in each fold that both have."""
    return all(kind(record) == kind(other[fold]) for fold, record in one.items() if fold in other)
