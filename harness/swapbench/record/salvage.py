"""Salvage: a damaged journal, and one of its rows that are whole in its place."""

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from swapbench.base import content as contents
from swapbench.base.error import SwapError
from swapbench.record import pages
from swapbench.record.database import COLUMNS, Database, insertion, seal

_KEYS = {"runs": 1, "planned": 2, "outlines": 2, "records": 2}  # columns that tell a row from the others

# Where a file of SQLite's says which schema it has, and the one whose rows have no seals.
_VERSION, _UNSEALED = slice(60, 64), 1


@dataclass(frozen=True)
class Row:
    """A row of a table, without its seal; `number` is its place among the others, where the table has such."""

    table: str
    number: int
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Salvaged:
    """What came of a damaged journal: where it is now, and how many rows of each table are in the one in its place."""

    damaged: Path
    rows: Mapping[str, int]


def salvage(path: Path) -> Salvaged:
    """Put a journal of all rows that are whole in the place of a damaged one, which is kept beside it; raises OSError
    where that cannot be, and SwapError where there is nothing to be kept."""
    content = _content(path)
    found = _without_twins(_whole(content))
    if not found and int.from_bytes(content[_VERSION], "big") == _UNSEALED:
        raise SwapError(
            f"The journal {path} was written before rows were sealed, so that nobody can tell what of it is whole; put "
            "a copy of before the damage in its place, or move it away and measure anew."
        )
    if not found:
        raise SwapError(f"The journal {path} holds nothing that is whole; move it away, and measure anew.")
    made = path.with_name("recovered.sqlite")
    made.unlink(missing_ok=True)
    with closing(Database(made)) as database, database.writing() as connection:
        for row in sorted((*found, *_lost_runs(found)), key=lambda row: row.number):
            connection.execute(insertion(row.table), row.values)
    made.with_suffix(".lock").unlink(missing_ok=True)  # Windows makes none
    damaged = _laid_aside(path)
    made.replace(path)
    return Salvaged(damaged, Counter(row.table for row in found))


def is_whole(path: Path) -> bool:
    """Tell whether a journal is as it was written, every row of it."""
    with _copied(path) as copy:
        try:
            with closing(Database(copy)) as database:
                database.check_rows()
        except SwapError:
            return False
        return True


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """Yield a copy of a journal with its log: who opens one brings it in order, and the file is to stay as it is."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for ending in ("", "-wal"):
            if path.with_name(path.name + ending).exists():
                shutil.copy(path.with_name(path.name + ending), folder)
        yield Path(folder) / path.name


def _laid_aside(path: Path) -> Path:
    """Copy a journal with its log, and return where it is; the log is then none of what comes into its place."""
    place = next(place for number in count(1) if not (place := path.with_name(f"damaged-{number}.sqlite")).exists())
    for ending in ("", "-wal"):
        if path.with_name(path.name + ending).exists():
            shutil.copy2(path.with_name(path.name + ending), place.with_name(place.name + ending))
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    return place


def _content(path: Path) -> bytes:
    """Return the content of a journal's file, with what its log has, as far as SQLite can bring that in."""
    with _copied(path) as copy:
        with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return copy.read_bytes()


def _without_twins(found: Iterable[Row]) -> list[Row]:
    """Return of each row one: pages that are free now may have an older one, too. Of a cell that is the record that
    ended well, or later."""
    kept: dict[tuple[Any, ...], Row] = {}
    for row in sorted(found, key=_age):
        kept[(row.table, *row.values[: _KEYS[row.table]])] = row
    return list(kept.values())


def _age(row: Row) -> tuple[bool, str]:
    if row.table != "records":
        return (False, "")
    ended = ""
    with suppress(ValueError, TypeError, KeyError):  # a seal says that it is as it was written, and not what that is
        ended = str(contents.values(row.values[4])["ended"])
    return (row.values[3] == "ok", ended)


def _lost_runs(found: Iterable[Row]) -> list[Row]:
    """Return runs for the rows whose own was lost; they do not say with which options they were measured."""
    known = {row.values[0] for row in found if row.table == "runs"}
    lost = {row.values[0] for row in found if row.table != "runs"} - known
    return [Row("runs", 0, (run, "", "")) for run in sorted(lost)]


def _whole(content: bytes) -> Iterator[Row]:
    """Yield the rows whose own seal holds, so that nothing that was damaged can be taken for one."""
    for number, values in pages.rows(content):
        for table, columns in COLUMNS.items():
            if len(values) == len(columns) + 1 and values[-1] == seal(table, *values[:-1]):
                yield Row(table, number, values[:-1])
