"""The database that a journal is kept in: its tables, and how they are opened, read and written.

SQLite in write-ahead mode with full synchronization: a record is either wholly there or not at all, whatever is
killed when, and writers of several processes take turns. It belongs on a local disk. Each row is sealed with a digest
of what was written there, for SQLite has none of its pages: a flipped bit would be read as another score.
"""

import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from swapbench.base.disk import network
from swapbench.base.error import SwapError
from swapbench.base.lock import locked
from swapbench.record.store import made

SCHEMA = 2
_TABLES = """
CREATE TABLE runs (id TEXT PRIMARY KEY, started TEXT NOT NULL, settings TEXT NOT NULL, seal TEXT NOT NULL DEFAULT '');
CREATE TABLE planned (
    run TEXT NOT NULL, cell TEXT NOT NULL, test TEXT NOT NULL, position INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0, seal TEXT NOT NULL DEFAULT '', PRIMARY KEY (run, cell)
) WITHOUT ROWID;
CREATE TABLE outlines (
    run TEXT NOT NULL, suite TEXT NOT NULL, body TEXT NOT NULL, seal TEXT NOT NULL DEFAULT '', PRIMARY KEY (run, suite)
);
CREATE TABLE records (
    run TEXT NOT NULL, cell TEXT NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL,
    seal TEXT NOT NULL DEFAULT '', PRIMARY KEY (run, cell)
);
"""
# What a row is sealed over.
COLUMNS = {
    "runs": ("id", "started", "settings"),
    "planned": ("run", "cell", "test", "position", "withdrawn"),
    "outlines": ("run", "suite", "body"),
    "records": ("run", "cell", "key", "status", "body"),
}


def _seal(table: str) -> str:
    columns = ", ".join(f"{table}.{name}" for name in COLUMNS[table])
    return f"seal('{table}', {columns})"


# Whether a row of a table is as it was written.
SEALED = {table: f"{table}.seal = {_seal(table)}" for table in COLUMNS}
_SEAL_ALL = " ".join(f"UPDATE {table} SET seal = {_seal(table)};" for table in COLUMNS)  # noqa: S608  # our own words
_FROM_1 = " ".join(f"ALTER TABLE {table} ADD COLUMN seal TEXT NOT NULL DEFAULT '';" for table in COLUMNS) + _SEAL_ALL
# What journals lack that were made before they said which schema they have; they say 0.
_FROM_0 = f"""
ALTER TABLE runs ADD COLUMN settings TEXT NOT NULL DEFAULT '';
ALTER TABLE planned ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
{_FROM_1}
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
        self.path, self._checked, self._network = path, False, network(path.parent)
        self.read_only = path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
        if self._network:
            if not path.exists():
                raise self._elsewhere(self._network)
            self.read_only = True
        try:
            if self.read_only:
                self._connection = sqlite3.connect(_to_read(path), timeout=_WAIT_S, isolation_level=None, uri=True)
                self._connection.create_function("seal", -1, seal, deterministic=True)
                self._distrust()
                self._bring_up()
                return
            made(path.parent)
            _check_regular(path)
            self._connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            self._connection.create_function("seal", -1, seal, deterministic=True)
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
        old = [name for _, name, *_ in self._connection.execute("PRAGMA table_info(runs)")]
        if "seal" in old:
            raise self.damaged(ValueError(f"it says that its schema is {found}"))
        if old:
            self.check()  # before what is there is sealed
        steps = _FROM_1 if found == 1 else _FROM_0 if old else _TABLES
        self._connection.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {SCHEMA}; COMMIT")

    def check(self) -> None:
        """Raise SwapError where the file is not as SQLite writes one: rows may be missing then, which no seal tells."""
        self._checked = True
        (told,) = self.first("PRAGMA integrity_check(1)")
        lone = self.first("SELECT 1 FROM planned WHERE run NOT IN (SELECT id FROM runs)")
        if told != "ok" or lone:
            raise self.damaged(ValueError(told if told != "ok" else "a planned cell is of no run"))

    def check_rows(self) -> None:
        """Raise SwapError where any row is not as it was written."""
        for table in COLUMNS:
            self.whole(table, "1", "")

    def check_writable(self) -> None:
        """Raise SwapError where the file can only be read."""
        if self._network:
            raise self._elsewhere(self._network)
        if self.read_only:
            raise SwapError(
                f"The journal {self.path} can only be read by this user; name another folder with --swap-store."
            )

    def _elsewhere(self, kind: str) -> SwapError:
        return SwapError(
            f"The store {self.path.parent} lies on {kind}, a network file system, on which no journal is safe; name a "
            "folder on a disk of this machine with --swap-store."
        )

    def close(self) -> None:
        self._connection.close()

    def select(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows that a statement selects."""
        if not self._checked:
            self.check()
        try:
            return self._connection.execute(statement, values).fetchall()
        except _DAMAGE as error:
            raise self.damaged(error) from error

    def whole(self, table: str, wanted: str, which: str, values: Sequence[object] = ()) -> list[Any]:
        """Return what is wanted of the rows of a table; raises SwapError where one is not as it was written."""
        rows = self.select(f"SELECT {wanted}, {SEALED[table]} FROM {table} {which}", values)  # noqa: S608  # our words
        if not all(row[-1] for row in rows):
            raise self.damaged(ValueError(f"a row of its {table} is not as it was written"))
        return [row[:-1] for row in rows]

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
            f"The journal {self.path} is damaged ({error}); `swapbench recover` keeps what is whole of it, or name "
            "another folder with --swap-store."
        )


def insertion(table: str, otherwise: str = "") -> str:
    """Return the statement that inserts a row, of the values of all its columns, with its seal."""
    names = COLUMNS[table]
    values = ", ".join(f"?{number + 1}" for number in range(len(names)))
    return f"INSERT INTO {table} ({', '.join(names)}, seal) VALUES ({values}, seal('{table}', {values})) {otherwise}"  # noqa: S608


def seal(*values: object) -> str:
    """Return the digest of a row: of its table's name and of its values, each with its length."""
    texts = [str(value) for value in values]
    content = "".join(f"{len(text)}:{text}" for text in texts)
    return hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _check_regular(path: Path) -> None:
    """Raise OSError for what may never end."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")


def _to_read(path: Path) -> str:
    """Return the address of a file that is only read. Where nobody has it open, there is no log beside it, and SQLite
    would have to make one unless it is told that nothing changes."""
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    return f"{path.absolute().as_uri()}?mode=ro{alone}"
