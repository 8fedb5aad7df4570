"""The database that a journal is kept in: its tables, and how they are opened, read and written.

SQLite in write-ahead mode with full synchronization: a record is either wholly there or not at all, whatever is
killed when, and writers of several processes take turns. It belongs on a local disk.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from swapbench.base.error import SwapError
from swapbench.base.lock import locked
from swapbench.record.store import made

SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, started TEXT NOT NULL, settings TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS planned (
    run TEXT NOT NULL, cell TEXT NOT NULL, test TEXT NOT NULL, position INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (run, cell)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outlines (
    run TEXT NOT NULL, suite TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, suite)
);
CREATE TABLE IF NOT EXISTS records (
    run TEXT NOT NULL, cell TEXT NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run, cell)
);
"""
# What journals lack that were made before they said which schema they have; they say 0.
_FROM_0 = """
ALTER TABLE runs ADD COLUMN settings TEXT NOT NULL DEFAULT '';
ALTER TABLE planned ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
"""
# What is no table, is one of a module's, or has a column that is computed.
_NO_TABLES = """
SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'create virtual%' OR EXISTS (
    SELECT 1 FROM pragma_table_xinfo(sqlite_master.name) WHERE hidden <> 0
)
"""
_WAIT_S = 60.0
# What a damaged file comes to; of a damaged text SQLite's own sentence may be none in UTF-8.
_DAMAGE = (sqlite3.Error, UnicodeDecodeError)
_MOST_BYTES = 1 << 26  # of one record: thousands of rounds, or results of some million examples


class Database:
    """A journal's file with its tables, opened by one process; every failure is a SwapError that names the file."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it and its folder on first use; raises SwapError when either cannot be used. What this
        user may only read, as another's, is opened for reading."""
        self.path = path
        self.read_only = path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
        try:
            if self.read_only:
                self._connection = sqlite3.connect(_to_read(path), timeout=_WAIT_S, isolation_level=None, uri=True)
                self._distrust()
                self._bring_up()
                return
            made(path.parent)
            _check_regular(path)
            self._connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            self._distrust()
            # The switch to write-ahead mode does not wait for others, whatever the time-out says.
            with locked(path.with_suffix(".lock")):
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._bring_up()
        except (OSError, sqlite3.OperationalError) as error:  # it cannot be opened, written or locked
            raise SwapError(
                f"The journal {path} cannot be used ({error}); name another folder with --swap-store."
            ) from error
        except _DAMAGE as error:
            raise self.damaged(error) from error

    def _distrust(self) -> None:
        """Have nothing but plain tables, for a file may be a stranger's: of others, reading them or writing into them
        would do whatever its author has written down, and might never end. Raises sqlite3.DatabaseError."""
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
        self._connection.execute("PRAGMA trusted_schema = OFF")
        self._connection.execute("PRAGMA cell_size_check = ON")
        found = self._connection.execute(_NO_TABLES).fetchone()
        if found:
            raise sqlite3.DatabaseError(f"it has {found[0]!r:.60}, which no journal has")

    def _bring_up(self) -> None:
        """Make the tables, or bring an older journal's up to this schema; raises SwapError for a newer one's."""
        (found,) = self._connection.execute("PRAGMA user_version").fetchone()
        if found > SCHEMA:
            raise SwapError(
                f"The journal {self.path} has schema {found}, and this swapbench knows those up to {SCHEMA}; update "
                "swapbench, or name another folder with --swap-store."
            )
        if found == SCHEMA:
            return
        if self.read_only:
            raise SwapError(
                f"The journal {self.path} has schema {found} and cannot be brought up to {SCHEMA} by who may only read "
                "it; have its owner list its runs once."
            )
        old = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone()
        self._connection.executescript(
            f"BEGIN IMMEDIATE; {_FROM_0 if old else _TABLES} PRAGMA user_version = {SCHEMA}; COMMIT"
        )

    def check_writable(self) -> None:
        """Raise SwapError where the file can only be read."""
        if self.read_only:
            raise SwapError(
                f"The journal {self.path} can only be read by this user; name another folder with --swap-store."
            )

    def close(self) -> None:
        self._connection.close()

    def select(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows that a statement selects."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except _DAMAGE as error:
            raise self.damaged(error) from error

    def first(self, statement: str, values: Sequence[object] = ()) -> Any:
        """Return the first row that a statement selects, None where it selects none."""
        return next(iter(self.select(statement, values)), None)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a with block the connection to write with; at its end all that it has written is there, or nothing."""
        self.check_writable()
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
        except _DAMAGE as error:
            raise SwapError(f"The journal {self.path} could not be written: {error}.") from error

    def damaged(self, error: Exception) -> SwapError:
        """Return what is to be raised where the file, or a record in it, cannot be read."""
        return SwapError(
            f"The journal {self.path} is damaged ({error}); move it away, or name another folder with --swap-store."
        )


def _check_regular(path: Path) -> None:
    """Raise OSError for what may never end."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")


def _to_read(path: Path) -> str:
    """Return the address of a file that is only read. Where nobody has it open, there is no log beside it, and SQLite
    would have to make one unless it is told that nothing changes."""
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    return f"{path.absolute().as_uri()}?mode=ro{alone}"
