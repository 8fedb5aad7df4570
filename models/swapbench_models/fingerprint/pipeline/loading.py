"""Loading: from a message to the rows of each user in each batch of its files.

A pattern, a file, a batch and a user are units: whatever one of them raises is counted and told with its name, and the
others go on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from swapbench_models.error import told
from swapbench_models.fingerprint.control.messages import BatchingOptions, FileOptions, Kind, Message
from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.files import matched, modified
from swapbench_models.fingerprint.logs.batcher import Batch, Batcher, File, told_by
from swapbench_models.fingerprint.logs.reader import Reader
from swapbench_models.fingerprint.logs.schema import Schema
from swapbench_models.fingerprint.logs.users import Splitter
from swapbench_models.fingerprint.logs.windows import Windows
from swapbench_models.fingerprint.pipeline.tally import Tally


@dataclass(frozen=True)
class UserRows:
    """The rows of one user, prepared for a model, and of how many batches this is one."""

    user: str
    frame: pl.DataFrame
    batches: int


@dataclass
class Branch:
    """What training, or inference, does with rows before a model sees them: split by user, and gathered where they are
    streamed."""

    splitter: Splitter
    windows: Windows


@dataclass
class Loader:
    """Reads what messages name; what the reader and the batcher do by default, a message may say otherwise."""

    schema: Schema
    reader: Reader
    branches: Mapping[Kind, Branch]
    batcher: Batcher
    tally: Tally
    _last: dict[str, datetime] = field(default_factory=dict)

    def loaded(self, message: Message) -> Iterator[UserRows]:
        """Yield the rows of each user in each batch of a message's files. Raises FingerprintError for a message that
        asks for what cannot be, or of whose files none can be found, or read."""
        if message.kind is None:
            return
        if message.metadata.data_type == "payload":
            self._last.clear()  # a payload is complete: what came before it has nothing to do with it
        batcher, reader = batcher_of(message, self.batcher), reader_of(message, self.reader)
        failed: list[str] = []
        batches = self._batches(message, batcher)
        for batch in batches:
            try:
                parts = self._split(self._read(reader, batch.files), self.branches[message.kind].splitter)
            except Exception as error:  # whatever it is, it is one batch's
                failed.append(told(error))
                self.tally.fail("batches that could not be read", f"{message.source}: {failed[-1]}")
                continue
            yield from self._of_users(parts, self.branches[message.kind].windows, message, batch.count)
        if failed and len(failed) == len(batches):
            raise FingerprintError("not one of its files could be read.")

    def _batches(self, message: Message, batcher: Batcher) -> list[Batch]:
        names, unmatched = matched(message.files)
        for pattern, why in unmatched.items():
            self.tally.fail("patterns without a file", f"{message.source}: {pattern}: {why}")
        if not names:
            raise FingerprintError("not one of its files can be found.")
        files = [*self._dated(names, batcher)]
        batches = batcher.batches(files)
        self.tally.counts["files"] += len(names)
        self.tally.counts["files outside the window or the sample"] += len(files) - sum(len(b.files) for b in batches)
        self.tally.counts["files dated by their modification"] += sum(not file.named for file in files)
        if files and not batches:
            self.tally.fail(
                "messages without a file in their window",
                f"{message.source}: none of its {len(files):,} files was written {batcher.within}.",
            )
        return batches

    def _dated(self, names: Iterable[str], batcher: Batcher) -> Iterator[File]:
        for name in names:
            try:
                yield batcher.dated(name, modified)
            except Exception as error:  # a server may know no date, or anything may be wrong with one file
                self.tally.fail(
                    "files without a date", f"{name}: neither its name nor its place has one: {told(error)}"
                )

    def _read(self, reader: Reader, names: tuple[str, ...]) -> pl.DataFrame:
        reading = reader.read(names)
        for name, why in reading.bad.items():
            self.tally.fail("bad files", f"{name}: {why}")
        for name, why in reading.uncached.items():
            self.tally.fail("files that the cache did not take", f"{name}: {why}")
        for name, why in reading.rebuilt.items():
            self.tally.fail("files whose columns in the cache were of no use", f"{name}: read anew, for {why}")
        self.tally.counts["rows"] += len(reading.frame) + sum(reading.dropped.values())
        for why, count in reading.dropped.items():
            self.tally.counts[f"rows {why}"] += count
        for name, count in reading.unknown.items():
            self.tally.counts[f"rows whose {name} is neither true nor false"] += count
        return reading.frame

    def _split(self, frame: pl.DataFrame, splitter: Splitter) -> list[tuple[str, pl.DataFrame]]:
        self.tally.counts["rows of users that are left out"] += len(frame) - splitter.kept(frame)
        return [*splitter.split(frame)]

    def _of_users(
        self, parts: Iterable[tuple[str, pl.DataFrame]], windows: Windows, message: Message, batches: int
    ) -> Iterator[UserRows]:
        streaming = message.metadata.data_type == "streaming"
        for user, rows in parts:
            try:
                due = self._pushed(user, rows, windows, message.kind) if streaming else rows
                if due is None:
                    self.tally.counts["batches of users that wait for more rows"] += 1
                    continue
                self._tell_cut_days(f"{message.kind} {user}", due)
                counted = self.schema.counted(due)
            except Exception as error:  # whatever it is, it is one user's
                self.tally.user("users whose rows could not be gathered", user, told(error))
                continue
            yield UserRows(user, counted, batches)

    def _pushed(self, user: str, rows: pl.DataFrame, windows: Windows, kind: Kind | None) -> pl.DataFrame | None:
        pushed = windows.push(user, rows)
        self.tally.counts[f"rows too late for {kind}"] += pushed.late
        if pushed.lost:
            self.tally.user("users whose windows could not be used", user, pushed.lost)
        return pushed.due

    def _tell_cut_days(self, key: str, due: pl.DataFrame) -> None:
        """Count rows that go on with a day of which some were given out before: what is counted over a day, like
        logcount, begins anew with them, while a model that was trained on whole days knows it to go on."""
        first, last = (moment for moment in (due[self.schema.timestamp].min(), due[self.schema.timestamp].max()))
        before = self._last.get(key)
        if before is not None and isinstance(first, datetime) and before < first and before.date() == first.date():
            names = ", ".join(self.schema.increments)
            if names:
                self.tally.counts[f"batches of users that begin within a day, whose {names} begin anew"] += 1
        if isinstance(last, datetime):
            self._last[key] = last


def batcher_of(message: Message, default: Batcher) -> Batcher:
    """Return the batcher that a message asks for: what it says replaces the default option by option. Files of a
    payload are one batch unless it says otherwise, streamed ones are put together day by day. Raises FingerprintError
    for what cannot be."""
    asked = message.metadata.batching_options or BatchingOptions()
    named = {name: getattr(asked, name) for name in asked.model_fields_set}
    sampling = named.get("sampling", default.sampling)
    if "sampling_rate_s" in named and "sampling" not in named:
        sampling = f"{asked.sampling_rate_s}s" if asked.sampling_rate_s else None
    return Batcher(
        named.get("period", default.period if message.metadata.data_type == "streaming" else None),
        named.get("start_time", default.start),
        named.get("end_time", default.end),
        sampling,
        told_by(named["iso_date_regex_pattern"]) if named.get("iso_date_regex_pattern") else default.parts,
        default.seed,
    )


def reader_of(message: Message, default: Reader) -> Reader:
    """Return the reader that a message asks for."""
    asked = message.metadata.file_to_df_options or FileOptions()
    reader = replace(default, filter_null=asked.filter_null)
    return reader if asked.format == "auto" else replace(reader, format=asked.format)
