"""The pipeline: control messages in, trained models and detections out.

Plain functions over iterators: a Loader turns a message into the rows of each user and batch, `trained` rows into
models, `scored` rows into results. A message and a user are units: whatever one raises is counted in a Tally and told
with its name, and the others go on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from swapbench_models.error import told
from swapbench_models.fingerprint.control.messages import Bad, Filter, Kind, Message
from swapbench_models.fingerprint.logs.batcher import Batcher
from swapbench_models.fingerprint.logs.reader import Reader
from swapbench_models.fingerprint.logs.schema import Schema
from swapbench_models.fingerprint.logs.users import GENERIC
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.fitting import Fit, Fitted, alone
from swapbench_models.fingerprint.pipeline import detections
from swapbench_models.fingerprint.pipeline.loading import Branch, Loader, UserRows
from swapbench_models.fingerprint.pipeline.tally import Tally
from swapbench_models.fingerprint.pipeline.usermodels import About, UserModels
from swapbench_models.store.error import ModelError, StoreError
from swapbench_models.store.shelf import Shelf
from swapbench_models.store.store import Stored

# What is not of interest to whoever reads detections.
EXCLUDED = ("batch_count", "origin_hash", "_row_hash", "_batch_id")


def _unwatched(_stage: str, each: Iterable[Any]) -> Iterable[Any]:
    return each


def _unread(_letter: Bad) -> None:
    pass


@dataclass
class Pipeline:
    """The settings of a pipeline, the windows it gathers and the tally it keeps.

    `fit` trains what `create` makes, for `models`; where their store does not take one, it goes to the `shelf`.
    `fallback` is the user whose model stands in for one that a user does not have (None: nothing does). Of the results,
    those that `unusual` takes are detections, with the columns that `include` and `exclude` leave; with `index` the
    first column numbers a user's rows from 0 on. `dead` is given each message that could not be used, before the next
    is asked for. `monitor` is given the name of a stage and what goes through it, and passes it on.
    """

    schema: Schema
    reader: Reader
    branches: Mapping[Kind, Branch]
    batcher: Batcher
    models: UserModels
    create: Callable[[], AutoEncoder]
    fit: Fit[Any] = alone
    shelf: Shelf[AutoEncoder] | None = None
    wanted: Filter = field(default_factory=Filter)
    fallback: str | None = GENERIC
    unusual: detections.Unusual = field(default_factory=detections.Unusual)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = EXCLUDED
    index: bool = False
    dead: Callable[[Bad], None] = _unread
    monitor: Callable[[str, Iterable[Any]], Iterable[Any]] = _unwatched
    tally: Tally = field(default_factory=Tally)
    _scored: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._loader = Loader(self.schema, self.reader, self.branches, self.batcher, self.tally)

    def run(self, messages: Iterable[Message | Bad]) -> Iterator[pl.DataFrame]:
        """Work through messages in order, and yield the detections of each user's rows, none of them empty.

        What a message has changed in windows is kept when its work is done, and taken back when it is not. Raises
        StoreError when models cannot be looked up: nothing could be found in any row then.
        """
        for message in messages:
            self.tally.counts["messages"] += 1
            if isinstance(message, Bad):
                self._refused("bad messages", message)
            elif not self.wanted.passes(message):
                self.tally.counts["messages that are not wanted"] += 1
            elif message.kind is None:
                self.tally.fail(
                    "messages without work",
                    f"{message.source}: it neither trains nor looks for anomalies; its files were not read.",
                )
            else:
                yield from self._worked(message, self.branches[message.kind])

    def _worked(self, message: Message, branch: Branch) -> Iterator[pl.DataFrame]:
        self.tally.counts["keys of messages that nobody knows"] += len(message.ignored)
        done = False
        try:
            yield from self._done(message)
            done = True
        except StoreError:
            raise
        except Exception as error:  # whatever it is, it is one message's
            self._refused("messages that failed", message.bad(told(error)))
        finally:
            if not done:
                branch.windows.rollback()
        for user, why in branch.windows.commit().items():
            self.tally.user("users whose windows could not be kept", user, why)

    def _refused(self, what: str, letter: Bad) -> None:
        self.tally.fail(what, letter.sentence())
        self.dead(letter)

    def _done(self, message: Message) -> Iterator[pl.DataFrame]:
        if message.kind == "training":
            for _ in self.trained(self._loader.loaded(message)):
                pass
            return
        for results in self.scored(self._loader.loaded(message)):
            for found in self._unusual(results):
                self.tally.counts["detections"] += len(found)
                yield detections.chosen(detections.stamped(found), self.include, self.exclude)

    def _unusual(self, results: pl.DataFrame) -> list[pl.DataFrame]:
        try:
            return self.unusual.of(results)
        except Exception as error:  # a model of the user's may know other features than the schema
            user = str(results[self.schema.user][0])
            self.tally.user("users whose detections could not be told", user, told(error))
            return []

    def trained(self, rows: Iterable[UserRows]) -> Iterator[tuple[str, AutoEncoder, str]]:
        """Train a model on each user's rows, keep it, and yield user, model and label."""
        frames = ((each, each.frame.select(self._features(each.frame))) for each in rows)
        fitted: Iterable[Fitted[UserRows]] = self.monitor("Training", self.fit(self.create, frames))
        for made in fitted:
            user = made.name.user
            if made.model is None:
                self.tally.user("users whose training failed", user, told(made.error))
                continue
            whose = "the model for all was" if user == self.fallback else "users' own models were"
            self.tally.counts["models trained"] += 1
            self.tally.counts[f"rows that {whose} trained on"] += len(made.name.frame)
            label = self._kept(user, made.model, self._about(made.name))
            if label is not None:
                yield user, made.model, label

    def scored(self, rows: Iterable[UserRows]) -> Iterator[pl.DataFrame]:
        """Yield the rows of each user with the results of their model, or of the fallback's, and `model_version`."""
        for each in self.monitor("Inference", rows):
            try:
                stored = self._model(each.user)
                if stored is None:
                    self.tally.user("users without a model", each.user, "there is no model, nor one for all.")
                    self.tally.counts["rows without a model"] += len(each.frame)
                    continue
                scored = self._results(each, stored)
            except StoreError:
                raise
            except Exception as error:  # whatever it is, it is one user's
                self.tally.user("users whose inference failed", each.user, told(error))
                self.tally.counts["rows whose inference failed"] += len(each.frame)
                continue
            self._count_scored(each.user, scored)
            yield scored

    def _results(self, rows: UserRows, stored: Stored[AutoEncoder]) -> pl.DataFrame:
        results = stored.model.results(rows.frame)
        new = [name for name in results.columns if name not in rows.frame.columns]
        scored = rows.frame.hstack(results.select(new)).with_columns(model_version=pl.lit(stored.label))
        if self.index:
            scored = scored.with_row_index("index", self._scored[rows.user])
        self._scored[rows.user] += len(scored)
        return scored

    def _count_scored(self, user: str, results: pl.DataFrame) -> None:
        """Count the rows that have a score, and tell of those that have none: nothing could be found in them."""
        blind = len(results) - int(results["mean_abs_z"].is_finite().sum())
        self.tally.counts["rows scored"] += len(results) - blind
        self.tally.counts["rows whose score is not finite"] += blind
        if blind:
            told_of = f"{blind:,} of {len(results):,} rows have no finite score."
            self.tally.user("users with scores that are not finite", user, told_of)

    def _latest(self, user: str) -> Stored[AutoEncoder] | None:
        try:
            return self.models.latest(user)
        except ModelError as error:
            self.tally.user("users whose model could not be read", user, told(error))
            return None

    def _model(self, user: str) -> Stored[AutoEncoder] | None:
        stored = self._latest(user)
        if stored is None and self.fallback is not None:
            stored = self._latest(self.fallback)
            if stored is not None and user != self.fallback:
                self.tally.user("users scored by the model for all", user)
        return stored

    def _kept(self, user: str, model: AutoEncoder, about: About) -> str | None:
        """Keep a model in the store, or on the shelf when it does not work; return its label in the store."""
        try:
            return self.models.put(user, model, about)
        except Exception as error:  # whatever it is, the model is not lost with it, and the next user's may be taken
            failure = told(error)
        if self.shelf is not None:
            try:
                place = self.shelf.put(model, self.models.noted(user, about))
                failure += f" Meanwhile the model is in {place}."
            except Exception as error:
                failure += f" Nor could it be put on the shelf: {told(error)}"
        self.tally.fail("models that the store did not take", f"user {user}: {failure}")
        return None

    def _features(self, frame: pl.DataFrame) -> list[str]:
        """The features, in the order of the frame."""
        return [name for name in frame.columns if name in self.schema.model.features]

    def _about(self, rows: UserRows) -> About:
        times: Any = rows.frame[self.schema.timestamp]
        return About(times.min(), times.max(), len(rows.frame), self.schema.digest)
