"""The pipeline: control messages in, trained models and detections out.

Plain functions over iterators: `loaded` turns a message into the rows of each user and batch, `trained` rows into
models, `scored` rows into results. One user's failure, or one message's, does not keep the others; what is dropped is
counted in a Tally.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import fsspec
import polars as pl

from models.fingerprint import detections
from models.fingerprint.autoencoder import AutoEncoder
from models.fingerprint.batcher import Batcher
from models.fingerprint.error import FingerprintError, StoreError
from models.fingerprint.fitting import Fit, Fitted, alone
from models.fingerprint.messages import Bad, BatchingOptions, FileOptions, Filter, Kind, Message
from models.fingerprint.reader import Reader, expanded
from models.fingerprint.schema import Schema
from models.fingerprint.shelf import Shelf
from models.fingerprint.store import About, Store, Stored
from models.fingerprint.users import GENERIC, Splitter
from models.fingerprint.window import Windows

# What is not of interest to whoever reads detections.
EXCLUDED = ("batch_count", "origin_hash", "_row_hash", "_batch_id")


@dataclass
class Tally:
    """What came in, what was dropped and what came out, by name; and each failure in a sentence."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def fail(self, what: str, sentence: str) -> None:
        self.counts[what] += 1
        self.failures.append(sentence)

    def lines(self) -> list[str]:
        """Return one line for each count that is not zero, then one for each failure."""
        return [*(f"{name}: {count:,}" for name, count in self.counts.items() if count), *self.failures]


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


def _unwatched(_stage: str, each: Iterable[Any]) -> Iterable[Any]:
    return each


@dataclass
class Pipeline:
    """The settings of a pipeline, the windows it gathers and the tally it keeps.

    `fit` trains the models that `create` makes; where the store does not take one, it goes to the `shelf`. `fallback`
    is the user whose model stands in for one that a user does not have (None: nothing does). Of the results, rows whose
    `column` is above `threshold` are detections, with the columns that `include` and `exclude` leave. `monitor` is
    given the name of a stage and what goes through it, and passes it on.
    """

    schema: Schema
    reader: Reader
    branches: Mapping[Kind, Branch]
    batcher: Batcher
    store: Store
    create: Callable[[], AutoEncoder]
    fit: Fit[Any] = alone
    shelf: Shelf | None = None
    wanted: Filter = field(default_factory=Filter)
    fallback: str | None = GENERIC
    threshold: float = 2.0
    column: str = "mean_abs_z"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = EXCLUDED
    monitor: Callable[[str, Iterable[Any]], Iterable[Any]] = _unwatched
    tally: Tally = field(default_factory=Tally)

    def run(self, messages: Iterable[Message | Bad]) -> Iterator[pl.DataFrame]:
        """Work through messages in order, and yield the detections of each user's rows, none of them empty.

        Raises StoreError when models cannot be looked up: nothing could be found in any row then.
        """
        for message in messages:
            self.tally.counts["messages"] += 1
            if isinstance(message, Bad):
                self.tally.fail("bad messages", message.sentence())
            elif not self.wanted.passes(message):
                self.tally.counts["messages that are not wanted"] += 1
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
                        yield detections.chosen(detections.stamped(found), self.include, self.exclude)

    def loaded(self, message: Message) -> Iterator[UserRows]:
        """Yield the rows of each user in each batch of a message's files."""
        if message.kind is None:
            return
        branch = self.branches[message.kind]
        try:
            batcher = batcher_of(message, self.batcher)
            files = [batcher.dated(name, _modified) for name in expanded(message.files)]
            batches = batcher.batches(files)
        except (FingerprintError, OSError) as error:
            self.tally.fail("bad messages", str(error))
            return
        self.tally.counts["files"] += len(files)
        self.tally.counts["files outside the window or the sample"] += len(files) - sum(len(b.files) for b in batches)
        self.tally.counts["files dated by their modification"] += sum(not file.named for file in files)
        reader = reader_of(message, self.reader)
        for batch in batches:
            frame = self._read(reader, batch.files)
            if frame is not None:
                yield from self._of_users(frame, branch, message, batch.count)

    def trained(self, rows: Iterable[UserRows]) -> Iterator[tuple[str, AutoEncoder, str]]:
        """Train a model on each user's rows, keep it, and yield user, model and label."""
        frames = ((each, each.frame.select(self._features(each.frame))) for each in rows)
        fitted: Iterable[Fitted[UserRows]] = self.monitor("Training", self.fit(self.create, frames))
        for made in fitted:
            user = made.name.user
            if made.model is None:
                self.tally.fail("users whose training failed", f"user {user}: {_told(made.error)}")
                continue
            self.tally.counts["models trained"] += 1
            self.tally.counts["rows trained on"] += len(made.name.frame)
            label = self._kept(user, made.model, self._about(made.name))
            if label is not None:
                yield user, made.model, label

    def scored(self, rows: Iterable[UserRows]) -> Iterator[pl.DataFrame]:
        """Yield the rows of each user with the results of their model, or of the fallback's, and `model_version`."""
        for each in self.monitor("Inference", rows):
            try:
                stored = self._model(each.user)
                if stored is None:
                    self.tally.fail("users without a model", f"user {each.user}: there is no model, nor one for all.")
                    self.tally.counts["rows without a model"] += len(each.frame)
                    continue
                results = stored.model.results(each.frame)
            except StoreError:
                raise
            except Exception as error:  # whatever it is, it is one user's
                self.tally.fail("users whose inference failed", f"user {each.user}: {_told(error)}")
                self.tally.counts["rows whose inference failed"] += len(each.frame)
                continue
            self.tally.counts["rows scored"] += len(each.frame)
            new = [name for name in results.columns if name not in each.frame.columns]
            yield each.frame.hstack(results.select(new)).with_columns(model_version=pl.lit(stored.label))

    def _model(self, user: str) -> Stored | None:
        stored = self.store.latest(user)
        if stored is None and self.fallback is not None:
            stored = self.store.latest(self.fallback)
            self.tally.counts["users scored by the model for all"] += stored is not None and user != self.fallback
        return stored

    def _kept(self, user: str, model: AutoEncoder, about: About) -> str | None:
        """Keep a model in the store, or on the shelf when it does not work; return its label in the store."""
        try:
            return self.store.put(user, model, about)
        except StoreError as error:
            told = f"user {user}: {error}"
            if self.shelf is not None:
                told += f" Meanwhile the model is in {self.shelf.put(user, model, about)}."
            self.tally.fail("models that the store did not take", told)
            return None

    def _read(self, reader: Reader, names: tuple[str, ...]) -> pl.DataFrame | None:
        try:
            reading = reader.read(names)
        except FingerprintError as error:
            self.tally.fail("batches that could not be read", str(error))
            return None
        for name, why in reading.bad.items():
            self.tally.fail("bad files", f"{name}: {why}")
        for name, why in reading.uncached.items():
            self.tally.fail("files that the cache did not take", f"{name}: {why}")
        self.tally.counts["rows"] += len(reading.frame) + reading.dropped
        self.tally.counts["rows without a time or a user"] += reading.dropped
        for name, count in reading.unknown.items():
            self.tally.counts[f"rows whose {name} is neither true nor false"] += count
        return reading.frame

    def _of_users(self, frame: pl.DataFrame, branch: Branch, message: Message, batches: int) -> Iterator[UserRows]:
        streaming = message.metadata.data_type == "streaming"
        self.tally.counts["rows of users that are left out"] += len(frame) - branch.splitter.kept(frame)
        for user, rows in branch.splitter.split(frame):
            try:
                due = branch.windows.push(user, rows) if streaming else rows
            except (FingerprintError, OSError) as error:
                self.tally.fail("users whose rows could not be gathered", f"user {user}: {error}")
                continue
            if due is None:
                self.tally.counts["batches of users that wait for more rows"] += 1
                continue
            yield UserRows(user, self.schema.counted(due), batches)
        if streaming and branch.windows.late:
            self.tally.counts[f"rows too late for {message.kind}"] = sum(branch.windows.late.values())

    def _features(self, frame: pl.DataFrame) -> list[str]:
        """The features, in the order of the frame."""
        return [name for name in frame.columns if name in self.schema.model.features]

    def _about(self, rows: UserRows) -> About:
        times: Any = rows.frame[self.schema.timestamp]
        return About(times.min(), times.max(), len(rows.frame), self.schema.digest)


def batcher_of(message: Message, default: Batcher) -> Batcher:
    """Return the batcher that a message asks for: what it says replaces the default option by option. Files of a
    payload are one batch unless it says otherwise, streamed ones are put together day by day. Raises FingerprintError
    for what cannot be."""
    asked = message.metadata.batching_options or BatchingOptions()
    named = {name: getattr(asked, name) for name in asked.model_fields_set}
    return Batcher(
        named.get("period", default.period if message.metadata.data_type == "streaming" else None),
        named.get("start_time", default.start),
        named.get("end_time", default.end),
        named.get("sampling", default.sampling),
        _pattern(named["iso_date_regex_pattern"]) if "iso_date_regex_pattern" in named else default.pattern,
        default.seed,
    )


def reader_of(message: Message, default: Reader) -> Reader:
    """Return the reader that a message asks for."""
    asked = message.metadata.file_to_df_options or FileOptions()
    return default if asked.format == "auto" else replace(default, format=asked.format)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise FingerprintError(f"iso_date_regex_pattern '{text}': {error}") from error
    missing = {"year", "month", "day"} - set(pattern.groupindex)
    if missing:
        raise FingerprintError(f"iso_date_regex_pattern '{text}' lacks the groups {', '.join(sorted(missing))}.")
    return pattern


def _modified(name: str) -> datetime:
    fs, path = fsspec.core.url_to_fs(name)
    moment: datetime = fs.modified(path)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _told(error: Exception | None) -> str:
    return str(error) if isinstance(error, FingerprintError) else f"{type(error).__name__}: {error}"
