"""Windows of all users, which outlive the process: what a message has changed is kept once its work is done."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import polars as pl

from swapbench_models import typed
from swapbench_models.error import told
from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.logs.kept import keep, kept
from swapbench_models.fingerprint.logs.window import Counts, Window, WindowOptions


@dataclass(frozen=True)
class Pushed:
    """What came of a user's rows: those that are due (None: they wait), how many were late, and why a window that was
    kept could not be used (empty: it could, or there was none)."""

    due: pl.DataFrame | None
    late: int = 0
    lost: str = ""


@dataclass
class Windows:
    """A window for each user; in a `folder`, where one is given, they outlive the process.

    Rows pushed change the windows in memory. `commit` writes what has changed since the last time, `rollback` takes it
    back: whoever is stopped in between finds the windows as they were, and can be given the same rows again. `schema`
    is the digest of what made the rows; a window made by another cannot be gone on with.
    """

    options: WindowOptions
    folder: Path | None = None
    schema: str = ""
    _windows: dict[str, Window] = field(default_factory=dict)
    _before: dict[str, Window] = field(default_factory=dict)

    def push(self, user: str, rows: pl.DataFrame) -> Pushed:
        """Take a user's rows in. Raises DataError for late rows where they are an error."""
        lost = ""
        if user not in self._windows:
            self._windows[user], lost = self._restored(user, rows)
        window = self._windows[user]
        self._before.setdefault(user, replace(window, counts=replace(window.counts)))
        late = window.counts.late
        return Pushed(window.push(rows), window.counts.late - late, lost)

    def commit(self) -> Mapping[str, str]:
        """Write what has changed; return the users whose windows could not be written, and why. Theirs are in memory
        still, and are tried again when they change."""
        failed = {}
        for user in self._before:
            try:
                self._keep(user)
            except OSError as error:
                failed[user] = told(error)
        self._before.clear()
        return failed

    def rollback(self) -> None:
        """Take back what has changed."""
        self._windows.update(self._before)
        self._before.clear()

    def _keep(self, user: str) -> None:
        window = self._windows[user]
        if self.folder is not None:
            keep(self._path(user), window.rows, {"user": user, "schema": self.schema, "counts": asdict(window.counts)})

    def _restored(self, user: str, rows: pl.DataFrame) -> tuple[Window, str]:
        """Return a user's window as it was kept, to go on with some rows; a new one, and why, where it cannot be used;
        it is set aside then."""
        path = self._path(user)
        if self.folder is None or not path.exists():
            return Window(self.options), ""
        try:
            return self._read(path, user, rows), ""
        except Exception as error:  # whatever is wrong with the file, the user's next rows begin a new one
            aside = path.with_suffix(".aside")
            with suppress(OSError):
                path.replace(aside)
            return Window(self.options), f"{told(error)} The window begins anew; the file is set aside as {aside.name}."

    def _read(self, path: Path, user: str, following: pl.DataFrame) -> Window:
        rows, note = kept(path)
        if note["user"] != user or note["schema"] != self.schema:
            raise DataError(f"{path} was made by another schema.")
        if rows is not None and rows.schema != following.schema:
            raise DataError(f"{path} has other columns than the rows that follow.")
        return Window(self.options, rows, typed.made(Counts, note["counts"]))

    def _path(self, user: str) -> Path:
        """Return where a user's window is kept: a name may hold anything, so its digest is the file's."""
        digest = hashlib.sha256(user.encode()).hexdigest()[:32]
        return (self.folder or Path()) / f"{digest}.window"
