"""Control messages from Kafka: a real client against librdkafka's own mock cluster."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from swapbench_models.fingerprint.control import kafka
from swapbench_models.fingerprint.control.kafka import LetterFile, LetterTopic, Subscription
from swapbench_models.fingerprint.control.messages import Bad, Message
from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.batcher import Batcher
from swapbench_models.fingerprint.logs.reader import Reader
from swapbench_models.fingerprint.logs.users import Splitter
from swapbench_models.fingerprint.logs.window import WindowOptions
from swapbench_models.fingerprint.logs.windows import Windows
from swapbench_models.fingerprint.model.create import create
from swapbench_models.fingerprint.pipeline.loading import Branch
from swapbench_models.fingerprint.pipeline.pipeline import Pipeline
from swapbench_models.fingerprint.pipeline.usermodels import UserModels
from swapbench_models.store.memory import MemoryStore

GOOD = {
    "tasks": [
        {"type": "load", "properties": {"files": ["a"]}},
        {"type": "inference", "properties": {}},
    ],
    "metadata": {"data_type": "payload"},
}


class Cluster:
    """A mock cluster, which lives as long as the producer that made it."""

    def __init__(self) -> None:
        self._producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "unused"})
        brokers = self._producer.list_topics(timeout=10).brokers.values()
        self.address = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def send(self, *values: Any, topic: str = "test_cm") -> None:
        for value in values:
            self._producer.produce(
                topic, value if isinstance(value, bytes | None) else json.dumps(value).encode(), partition=0
            )
        assert self._producer.flush(10) == 0

    def subscription(self, **options: Any) -> Subscription:
        # The mock cluster knows no leaving: a group waits for a member that is gone until its session ends.
        short = {"async_commits": False, "session_timeout_ms": 6000}
        return Subscription(self.address, auto_offset_reset="earliest", **short, **options)

    def first(self, topic: str) -> Any:
        """Return the first value of a topic."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "all"})
        partitions = self._producer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        message = consumer.poll(10)
        consumer.close()
        assert message is not None
        return json.loads(message.value() or b"")


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_messages_come_in_order_until_there_were_enough_and_what_is_none_keeps_none(cluster: Cluster) -> None:
    cluster.send(b"\xff{", {"inputs": [GOOD, {"tasks": []}]}, None, {"inputs": [GOOD]})
    read = [*cluster.subscription(stop_after=4).messages()]
    assert [(type(each), each.source) for each in read] == [
        (Bad, "topic test_cm, offset 0"),
        (Message, "topic test_cm, offset 1, inputs[0]"),
        (Bad, "topic test_cm, offset 1, inputs[1]"),
        (Message, "topic test_cm, offset 3, inputs[0]"),
    ]


@pytest.mark.long
def test_what_was_not_worked_through_is_given_again(cluster: Cluster) -> None:
    cluster.send(*({"inputs": [{**GOOD, "metadata": {"data_type": kind}}]} for kind in ("payload", "streaming")))
    reading = cluster.subscription().messages()
    assert _kind(next(reading)) == "payload"
    assert _kind(next(reading)) == "streaming"
    reading.close()  # type: ignore[attr-defined]  # a generator: stopped in the middle of the second message
    again = cluster.subscription(stop_after=1).messages()
    assert [_kind(each) for each in again] == ["streaming"]


@pytest.mark.long
def test_without_commits_everything_is_given_again(cluster: Cluster) -> None:
    cluster.send({"inputs": [GOOD]})
    for _ in range(2):
        assert len([*cluster.subscription(stop_after=1, disable_commit=True).messages()]) == 1


def test_dead_letters_may_have_a_topic_of_their_own(cluster: Cluster) -> None:
    LetterTopic(cluster.address, "dead")(Bad("m", ('expected {"inputs": [...]}',), "{}"))
    assert cluster.first("dead")["errors"] == ['expected {"inputs": [...]}']


@dataclass
class Scripted:
    """A consumer that is given these values, one a poll, and remembers what was committed."""

    values: list[bytes | None]
    committed: list[int] = field(default_factory=list)
    _polls: int = 0

    def subscribe(self, _topics: list[str]) -> None:
        pass

    def poll(self, _patience: float) -> Any:
        offset, self._polls = self._polls, self._polls + 1
        return SimpleNamespace(
            value=lambda: self.values[offset], offset=lambda: offset, topic=lambda: "t", error=lambda: None
        )

    def commit(self, message: Any, asynchronous: bool) -> None:
        self.committed.append(message.offset())

    def close(self) -> None:
        pass


def scripted(monkeypatch: pytest.MonkeyPatch, *values: bytes | None) -> Scripted:
    consumer = Scripted([*values])
    monkeypatch.setattr(kafka, "Consumer", lambda _: consumer)
    return consumer


GOOD_TEXT = json.dumps({"inputs": [GOOD]}).encode()


def test_each_is_committed_when_the_next_is_asked_for_also_what_deletes_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = scripted(monkeypatch, GOOD_TEXT, None, b"", GOOD_TEXT)
    reading = Subscription().messages()
    assert isinstance(next(reading), Message)
    assert consumer.committed == []
    assert isinstance(next(reading), Bad)  # an empty text is none, and none at all is passed over
    assert consumer.committed == [0, 1]
    assert isinstance(next(reading), Message)
    assert consumer.committed == [0, 1, 2]


def test_a_key_that_nobody_knows_can_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps({"inputs": [{**GOOD, "colour": "red"}]}).encode()
    for lenient, kind in ((False, Bad), (True, Message)):
        scripted(monkeypatch, text)
        assert isinstance(next(iter(Subscription(lenient=lenient).messages())), kind)


def test_what_cannot_be_used_is_a_dead_letter_that_asks_for_itself_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    consumer = scripted(monkeypatch, b"[" * 200_000, json.dumps({"inputs": [{"tasks": []}, GOOD]}).encode(), GOOD_TEXT)
    letters = LetterFile(tmp_path / "deep" / "dead.jsonl")
    duo = schema.named("duo")
    branch = Branch(Splitter(individual=True), Windows(WindowOptions()))
    models = UserModels(MemoryStore())
    work = Pipeline(duo, Reader(duo), {"inference": branch}, Batcher(), models, lambda: create("ae"), dead=letters)
    assert [*work.run(Subscription(stop_after=4).messages())] == []
    assert consumer.committed == [0, 1, 2]
    told = [json.loads(line) for line in letters.path.read_text().splitlines()]
    places = ["topic t, offset 0", *(f"topic t, offset {place}" for place in ("1, inputs[0]", "1, inputs[1]"))]
    assert [letter["source"] for letter in told] == [*places, "topic t, offset 2, inputs[0]"]
    assert told[0]["errors"][0].startswith("not JSON")
    assert json.loads(told[1]["text"]) == {"inputs": [{"tasks": []}]}
    assert told[2]["errors"] == ["not one of its files can be found."]
    assert json.loads(told[2]["text"]) == {"inputs": [GOOD]}


@pytest.mark.parametrize(
    ("options", "words"), [({"poll_interval": "soon"}, "poll_interval 'soon'"), ({"stop_after": -1}, "not negative")]
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(FingerprintError, match=words):
        Subscription(**options)


def _kind(message: Message | Bad) -> str:
    assert isinstance(message, Message)
    return message.metadata.data_type
