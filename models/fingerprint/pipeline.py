"""The pipeline: control messages in, trained models and detections out.

Plain functions over iterators: `loaded` turns a message into the rows of each user and batch, `trained` rows into
models, `scored` rows into results. One user's failure, or one message's, does not keep the others; what is dropped is
counted in a Tally.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import fsspec
import polars as pl

from models.fingerprint import detections
from models.fingerprint.autoencoder import AutoEncoder
from models.fingerprint.batcher import Batcher
from models.fingerprint.error import FingerprintError
from models.fingerprint.messages import Bad, BatchingOptions, Kind, Message
from models.fingerprint.reader import Reader, expanded
from models.fingerprint.schema import Schema
from models.fingerprint.store import Store
from models.fingerprint.users import Splitter
from models.fingerprint.window import Windows

_STREAMING_PERIOD = "D"


@dataclass
class Tally:
    """What came in, what was dropped and what came out, by name; and each failure in a sentence."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def fail(self, what: str, sentence: str) -> None:
        self.counts[what] += 1
        self.failures.append(sentence)

    def lines(self) -> list[str]:
        """Return one line a count, then one a failure."""
        return [*(f"{name}: {count:,}" for name, count in self.counts.items()), *self.failures]


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
class Pipeline:
    """The settings of a pipeline, the windows it gathers and the tally it keeps."""

    schema: Schema
    reader: Reader
    branches: Mapping[Kind, Branch]
    batcher: Batcher
    store: Store
    create: Callable[[], AutoEncoder]
    fallback: str | None = "generic_user"
    threshold: float = 2.0
    column: str = "mean_abs_z"
    tally: Tally = field(default_factory=Tally)

    def run(self, messages: Iterable[Message | Bad]) -> Iterator[pl.DataFrame]:
        """Work through messages in order, and yield the detections of each user's rows, none of them empty."""
        for message in messages:
            self.tally.counts["messages"] += 1
            if isinstance(message, Bad):
                self.tally.fail("bad messages", message.sentence())
            elif message.kind is None:
                self.tally.fail(
                    "messages without work",
                    "A message neither trains nor looks for anomalies; its files were not read.",
                )
            elif message.kind == "training":
                for _ in self.trained(self.loaded(message)):
                    pass
            else:
                for results in self.scored(self.loaded(message)):
                    found = detections.above(results, self.threshold, self.column)
                    self.tally.counts["detections"] += len(found)
                    if len(found):
                        yield detections.stamped(found)

    def loaded(self, message: Message) -> Iterator[UserRows]:
        """Yield the rows of each user in each batch of a message's files."""
        if message.kind is None:
            return
        branch = self.branches[message.kind]
        try:
            batcher = _batcher(self.batcher, message)
            files = [batcher.dated(name, _modified) for name in expanded(message.files)]
            batches = batcher.batches(files)
        except (FingerprintError, OSError) as error:
            self.tally.fail("bad messages", str(error))
            return
        self.tally.counts["files"] += len(files)
        self.tally.counts["files outside the window or the sample"] += len(files) - sum(len(b.files) for b in batches)
        self.tally.counts["files dated by their modification"] += sum(not file.named for file in files)
        for batch in batches:
            frame = self._read(batch.files)
            if frame is not None:
                yield from self._of_users(frame, branch, message, batch.count)

    def trained(self, rows: Iterable[UserRows]) -> Iterator[tuple[str, AutoEncoder, str]]:
        """Train a model on each user's rows, keep it, and yield user, model and label."""
        for each in rows:
            try:
                model = self.create().fit(each.frame.select(self._features(each.frame)))
                label = self.store.put(each.user, model, self._about(each))
            except Exception as error:  # whatever it is, it is one user's
                self.tally.fail("users whose training failed", f"user {each.user}: {_told(error)}")
                continue
            self.tally.counts["models trained"] += 1
            yield each.user, model, label

    def scored(self, rows: Iterable[UserRows]) -> Iterator[pl.DataFrame]:
        """Yield the rows of each user with the results of their model, or of the fallback's, and `model_version`."""
        for each in rows:
            try:
                stored = self.store.latest(each.user) or (self.store.latest(self.fallback) if self.fallback else None)
                if stored is None:
                    self.tally.fail("users without a model", f"user {each.user}: there is no model, nor one for all.")
                    self.tally.counts["rows without a model"] += len(each.frame)
                    continue
                results = stored.model.results(each.frame)
            except Exception as error:  # whatever it is, it is one user's
                self.tally.fail("users whose inference failed", f"user {each.user}: {_told(error)}")
                continue
            self.tally.counts["rows scored"] += len(each.frame)
            new = [name for name in results.columns if name not in each.frame.columns]
            yield each.frame.hstack(results.select(new)).with_columns(model_version=pl.lit(stored.label))

    def _read(self, names: tuple[str, ...]) -> pl.DataFrame | None:
        try:
            reading = self.reader.read(names)
        except FingerprintError as error:
            self.tally.fail("batches that could not be read", str(error))
            return None
        for name, why in reading.bad.items():
            self.tally.fail("bad files", f"{name}: {why}")
        self.tally.counts["rows"] += len(reading.frame) + reading.dropped
        self.tally.counts["rows without a time or a user"] += reading.dropped
        for name, count in reading.unknown.items():
            self.tally.counts[f"rows whose {name} is neither true nor false"] += count
        return reading.frame

    def _of_users(self, frame: pl.DataFrame, branch: Branch, message: Message, batches: int) -> Iterator[UserRows]:
        for user, rows in branch.splitter.split(frame):
            try:
                due = branch.windows.push(user, rows) if message.metadata.data_type == "streaming" else rows
            except FingerprintError as error:
                self.tally.fail("users whose rows could not be gathered", f"user {user}: {error}")
                continue
            if due is None:
                self.tally.counts["batches of users that wait for more rows"] += 1
                continue
            yield UserRows(user, self.schema.counted(due), batches)

    def _features(self, frame: pl.DataFrame) -> list[str]:
        """The features, in the order of the frame."""
        return [name for name in frame.columns if name in self.schema.model.features]

    def _about(self, rows: UserRows) -> dict[str, Any]:
        times = rows.frame[self.schema.timestamp]
        return {"start": times.min(), "end": times.max(), "count": len(rows.frame)}


def _batcher(default: Batcher, message: Message) -> Batcher:
    """Return the batcher that a message asks for: what it says replaces the default option by option. Files of a
    payload are one batch unless it says otherwise, streamed ones are put together day by day."""
    asked = message.metadata.batching_options or BatchingOptions()
    named = {name: getattr(asked, name) for name in asked.model_fields_set}
    period = named.get("period", default.period if message.metadata.data_type == "streaming" else None)
    return Batcher(
        period,
        named.get("start_time", default.start),
        named.get("end_time", default.end),
        named.get("sampling", default.sampling),
        default.pattern,
        default.seed,
    )


def _modified(name: str) -> datetime:
    fs, path = fsspec.core.url_to_fs(name)
    moment: datetime = fs.modified(path)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, FingerprintError) else f"{type(error).__name__}: {error}"
