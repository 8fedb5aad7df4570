"""Kafka: control messages from topics, each committed when its work is done."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from swapbench_models.fingerprint.control.messages import Bad, Message, messages
from swapbench_models.fingerprint.error import FingerprintError

_POLL_S = 1.0
_PATIENCE_S = 30.0
_LONGEST_WORK_MS = 86_400_000  # whoever works on a message for longer is taken for dead, and it is given to another
# What a client recovers from by itself once brokers are back.
_PASSING = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._RESOLVE)

DeadLetters = Callable[[Bad], None]


@dataclass(frozen=True)
class Subscription:
    """Which topics are read, as which member of which group; the defaults are those of Morpheus.

    `poll_interval` is the pause where there is nothing to read, in pandas' spelling; `stop_after` a number of control
    messages (0: never). With `disable_commit` nothing is committed, and whoever comes next starts anew. `lenient` reads
    messages without the keys that nobody knows.
    """

    bootstrap_servers: str = "localhost:9092"
    topics: tuple[str, ...] = ("test_cm",)
    group_id: str = "morpheus"
    client_id: str | None = None
    poll_interval: str = "10millis"
    disable_commit: bool = False
    auto_offset_reset: Literal["latest", "earliest"] = "latest"
    stop_after: int = 0
    async_commits: bool = True
    session_timeout_ms: int = 60_000
    lenient: bool = False
    _pause_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Raise FingerprintError for what cannot be."""
        try:
            pause = pd.Timedelta(self.poll_interval).total_seconds()
        except (ValueError, OverflowError) as error:
            raise FingerprintError(f"poll_interval '{self.poll_interval}': give one like 10millis or 1s.") from error
        if not pause >= 0 or self.stop_after < 0:
            raise FingerprintError("poll_interval and stop_after are not negative.")
        object.__setattr__(self, "_pause_s", pause)

    def messages(self) -> Iterator[Message | Bad]:
        """Yield control messages as they come in, for ever or until there were enough.

        What was read is committed when the next message is asked for: whoever is stopped in between is given it again.
        Inputs that cannot be used are yielded too. A message without a value, with which Kafka deletes a key, is passed
        over. Raises FingerprintError when the topics cannot be read.
        """
        consumer = Consumer(self._configuration())
        try:
            consumer.subscribe(list(dict.fromkeys(self.topics)))
            count = 0
            while not self.stop_after or count < self.stop_after:
                read = self._read(consumer)
                if read is None:
                    time.sleep(self._pause_s)
                    continue
                text = read.value()
                if text is not None:
                    for each in messages(text, f"topic {read.topic()}, offset {read.offset()}", self.lenient):
                        count += 1
                        yield each
                if not self.disable_commit:
                    self._commit(consumer, read)
        except KafkaException as error:
            raise FingerprintError(f"Kafka at {self.bootstrap_servers}: {error.args[0].str()}.") from error
        finally:
            consumer.close()

    def _read(self, consumer: Consumer) -> Any:
        """Return the next message; None when there is none for now."""
        read = consumer.poll(_POLL_S)
        if read is None:
            return None
        error = read.error()
        if error is None:
            return read
        if error.code() == KafkaError._PARTITION_EOF or error.code() in _PASSING:
            return None
        raise KafkaException(error)

    def _commit(self, consumer: Consumer, read: Any) -> None:
        if self.async_commits:
            consumer.commit(message=read, asynchronous=True)
        else:
            consumer.commit(message=read, asynchronous=False)

    def _configuration(self) -> dict[str, Any]:
        named = {
            "bootstrap.servers": self.bootstrap_servers,
            "group.id": self.group_id,
            "session.timeout.ms": self.session_timeout_ms,
            "max.poll.interval.ms": _LONGEST_WORK_MS,
            "auto.offset.reset": self.auto_offset_reset,
            "enable.auto.commit": False,
        }
        return named if self.client_id is None else {**named, "client.id": self.client_id}


@dataclass(frozen=True)
class LetterFile:
    """Dead letters as JSON lines in a file: where one came from, what is wrong with it, and the text that asks for it
    again."""

    path: Path

    def __call__(self, bad: Bad) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(_letter(bad) + "\n")


@dataclass
class LetterTopic:
    """Dead letters as messages of a topic; raises FingerprintError when one cannot be delivered."""

    bootstrap_servers: str
    topic: str
    _producer: Producer | None = None

    def __call__(self, bad: Bad) -> None:
        if self._producer is None:
            self._producer = Producer({"bootstrap.servers": self.bootstrap_servers})
        failed: list[KafkaError] = []
        self._producer.produce(
            self.topic,
            _letter(bad).encode(),
            on_delivery=lambda error, _: failed.append(error) if error else None,
        )
        if self._producer.flush(_PATIENCE_S) or failed:
            why = failed[0].str() if failed else f"nobody took it within {_PATIENCE_S:g} s"
            raise FingerprintError(f"A dead letter could not be put into topic {self.topic}: {why}.")


def _letter(bad: Bad) -> str:
    return json.dumps({"source": bad.source, "errors": bad.errors, "text": bad.text})
