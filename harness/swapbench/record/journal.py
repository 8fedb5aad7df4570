"""The journal: the durable store of a machine's runs, written as each cell ends."""

import json
import os
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from swapbench.base import content
from swapbench.base.error import SwapError
from swapbench.plan.cell import Cell
from swapbench.plan.outline import Outline
from swapbench.record import reading
from swapbench.record.database import SEALED, Database, insertion
from swapbench.record.digest import Digest
from swapbench.record.record import STATUSES, Record
from swapbench.record.run import Run
from swapbench.record.store import JOURNAL
from swapbench.record.underway import hold, underway

# Of a record, in place of an earlier one.
_IN_PLACE = (
    "ON CONFLICT (run, cell) DO UPDATE SET key = excluded.key, status = excluded.status, body = excluded.body, "
    "seal = excluded.seal"
)
_WITHDRAWN = (
    "UPDATE planned SET withdrawn = ?1, seal = seal('planned', run, cell, test, position, ?1) "
    "WHERE run = ?2 AND cell = ?3 AND withdrawn <> ?1"
)


class Journal:
    """The journal in a store's folder; each process that reads or writes it opens its own."""

    def __init__(self, store: Path) -> None:
        """Open the journal, making it on first use; raises SwapError when the folder or the file cannot be used."""
        self.path = store / JOURNAL
        self._held: dict[str, int] = {}
        self._database = Database(self.path)

    def check_writable(self) -> None:
        """Raise SwapError where this user may only read it, or it is damaged."""
        self._database.check_writable()
        self._database.check()

    def close(self) -> None:
        self._database.close()
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()

    def begin(self, run: str, settings: Mapping[str, Any]) -> None:
        """Enter a run with the settings that its cells have in common; entering it again changes nothing. Until this is
        closed the run is under way, and nobody forgets it."""
        self._database.check_writable()
        if run not in self._held:
            self._held[run] = hold(self.path.parent, run)
        now = datetime.now(UTC).isoformat()
        with self._database.writing() as connection:
            connection.execute(insertion("runs", "ON CONFLICT DO NOTHING"), (run, now, json.dumps(settings)))

    def settings(self, run: str) -> dict[str, Any] | None:
        """Return the settings of a run, None where none were noted; raises SwapError when there is no such run."""
        rows = self._database.whole("runs", "settings", "WHERE id = ?", (run,))
        if not rows:
            raise self._unknown(run)
        return dict(self._values(rows[0][0], reading.table(reading.plain))) if rows[0][0] else None

    def last_run(self) -> str | None:
        """Return the run that began last, or None."""
        return next(reversed(self.runs()), None)

    def runs(self) -> list[str]:
        """Return all runs, the oldest first."""
        return [str(run) for (run,) in self._database.whole("runs", "id", "ORDER BY rowid")]

    def plan(self, run: str, outlines: Iterable[Outline], cells: Iterable[tuple[str, Cell]]) -> None:
        """Enter the cells a run is to measure, with the name of the test of each, in order, and their suites.

        Workers that plan the same cells change nothing; a resumed run that plans fewer keeps what was there, and a
        cell that had been withdrawn is back with its record.
        """
        rows = [(run, _text(cell), test, position, 0) for position, (test, cell) in enumerate(cells)]
        suites = [(run, outline.name, outline.to_json()) for outline in outlines]
        with self._database.writing() as connection:
            replaced = "ON CONFLICT DO UPDATE SET body = excluded.body, seal = excluded.seal"
            connection.executemany(insertion("outlines", replaced), suites)
            # What is damaged is entered anew.
            connection.execute(f"DELETE FROM planned WHERE run = ? AND NOT {SEALED['planned']}", (run,))  # noqa: S608
            connection.executemany(insertion("planned", "ON CONFLICT DO NOTHING"), rows)
            connection.executemany(_WITHDRAWN, [(0, run, cell) for _, cell, *_ in rows])

    def withdraw(self, run: str, cells: Iterable[Cell]) -> None:
        """Take cells out of a run; their records are kept, and are its again when the cells are planned again."""
        with self._database.writing() as connection:
            connection.executemany(_WITHDRAWN, [(1, run, _text(cell)) for cell in cells])

    def planned(self, run: str) -> dict[str, Cell]:
        """Return the planned cells of a run by the name of their test, in order."""
        which = "WHERE run = ? AND NOT withdrawn ORDER BY position, test"
        rows = self._database.whole("planned", "test, cell", which, (run,))
        return {str(test): Cell.from_dict(self._values(cell, reading.cell)) for test, cell in rows}

    def outlines(self, run: str) -> list[Outline]:
        """Return the suites of a run."""
        rows = self._database.whole("outlines", "body", "WHERE run = ? ORDER BY rowid", (run,))
        return [Outline.from_dict(self._values(body, reading.outline)) for (body,) in rows]

    def write(self, run: str, record: Record) -> None:
        """Store a record durably, in place of an earlier one of the same cell in this run."""
        row = (run, _text(record.cell), record.key, record.status, record.to_json())
        with self._database.writing() as connection:
            connection.execute(insertion("records", _IN_PLACE), row)

    def write_crash(self, run: str, record: Record) -> None:
        """Store the record of a cell whose worker was killed, unless the cell had ended well before that."""
        row = (run, _text(record.cell), record.key, record.status, record.to_json())
        with self._database.writing() as connection:
            connection.execute(insertion("records", f"{_IN_PLACE} WHERE records.status <> 'ok'"), row)

    def finished(self, run: str, cell: Cell, key: str) -> Record | None:
        """Return the record of a cell that this run has measured well under this key, or None: also where it is not as
        it was written, for it can be measured again."""
        which = f"WHERE run = ? AND cell = ? AND key = ? AND status = 'ok' AND {SEALED['records']}"
        rows = self._database.whole("records", "body", which, (run, _text(cell), key))
        return self._record(rows[0][0]) if rows else None

    def seals(self, run: str) -> frozenset[str]:
        """Return the seals of the records of cells that a run has measured well: no two records have the same."""
        which = f"SELECT seal FROM records WHERE run = ? AND status = 'ok' AND {SEALED['records']}"  # noqa: S608
        return frozenset(str(seal) for (seal,) in self._database.select(which, (run,)))

    def measured(self, run: str) -> set[str]:
        """Return the names of the tests whose cells a run has measured well, under whichever key."""
        rows = self._database.select(
            "SELECT test FROM planned JOIN records USING (run, cell) WHERE run = ? AND status = 'ok'", (run,)
        )
        return {str(test) for (test,) in rows}

    def records(self, run: str) -> list[Record]:
        """Return the records of a run, in planned order."""
        which = (
            "LEFT JOIN planned USING (run, cell) WHERE run = ? AND NOT coalesce(withdrawn, 0) ORDER BY position, cell"
        )
        return [self._record(body) for (body,) in self._database.whole("records", "body", which, (run,))]

    def run(self, run: str) -> Run:
        """Return all that is known of a run; raises SwapError when there is none of that name."""
        rows = self._database.whole("runs", "started", "WHERE id = ?", (run,))
        if not rows:
            raise self._unknown(run)
        return Run(run, tuple(self.outlines(run)), self.planned(run), tuple(self.records(run)), str(rows[0][0]))

    def _unknown(self, run: str) -> SwapError:
        return SwapError(f"The journal {self.path} has no run {run!r}; known are {', '.join(self.runs()) or 'none'}.")

    def digests(self) -> list[Digest]:
        """Return every run in a line, the oldest first."""
        rows = self._database.whole("runs", "id, started", "ORDER BY rowid")
        return [self._digest(run, started) for run, started in rows]

    def _digest(self, run: str, started: str) -> Digest:
        cells = list(self.planned(run).values())
        counts = self._database.select(
            "SELECT status, count(*) FROM records JOIN planned USING (run, cell) WHERE run = ? AND NOT withdrawn "
            "GROUP BY status ORDER BY status",
            (run,),
        )
        if any(status not in STATUSES for status, _ in counts):  # to check their seals would be to read all records
            raise self._database.damaged(ValueError("a record has no known status"))
        suites = tuple(dict.fromkeys(cell.suite for cell in cells))
        return Digest(run, started, cells[0].profile if cells else "", suites, len(cells), dict(counts))

    def latest(self, cells: Iterable[Cell]) -> dict[Cell, Record]:
        """Return, of the cells that any run has measured well, the record of the last one that did."""
        wanted = {_text(cell): cell for cell in cells}
        rows = self._database.select(
            "SELECT cell, run FROM records JOIN runs ON id = run WHERE status = 'ok' ORDER BY runs.rowid"
        )
        last = {str(text): str(run) for text, run in rows if text in wanted}
        found = {}
        for text, run in last.items():
            ((body,),) = self._database.whole("records", "body", "WHERE run = ? AND cell = ?", (run, text))
            found[wanted[text]] = self._record(body)
        return found

    def forget(self, runs: Collection[str]) -> int:
        """Remove runs with all they have, and return how many records that were; raises SwapError, and removes
        nothing, when one is unknown or under way."""
        self.check_writable()
        busy = set(runs) & set(underway(self.path.parent))
        if busy:
            raise SwapError(f"Run {min(busy)} is being measured; forget it when it has ended.")
        names = [(run,) for run in runs]
        for (run,) in names:
            if run not in self.runs():
                raise self._unknown(run)
        with self._database.writing() as connection:
            removed = connection.executemany("DELETE FROM records WHERE run = ?", names).rowcount
            for table, column in (("planned", "run"), ("outlines", "run"), ("runs", "id")):
                connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", names)  # noqa: S608  # our own words
        return removed if names else 0

    def _record(self, body: Any) -> Record:
        try:
            return Record.from_dict(self._values(body))
        except ValueError as error:
            raise self._database.damaged(error) from error

    def _values(self, body: Any, check: reading.Check = lambda place, value: None) -> Any:
        """Return the values of a text in the file; raises SwapError where they are not what they should be."""
        try:
            found = content.values(body)
            check("", found)
        except (ValueError, TypeError) as error:
            raise self._database.damaged(error) from error
        return found


def _text(cell: Cell) -> str:
    """Return what a cell is found by: without the name of a variant that has none, as before there were variants."""
    named = {name: value for name, value in cell.as_dict().items() if value != "" or name != "variant"}
    return json.dumps(named, sort_keys=True)
