"""Control messages from Kafka: a real client against librdkafka's own mock cluster."""

import json
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from models.fingerprint.error import FingerprintError
from models.fingerprint.kafka import LetterFile, LetterTopic, Subscription
from models.fingerprint.messages import Bad, Message

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
                topic, value if isinstance(value, bytes) else json.dumps(value).encode(), partition=0
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


def test_messages_come_in_order_from_every_topic_until_there_were_enough(cluster: Cluster) -> None:
    cluster.send({"inputs": [GOOD, GOOD]}, {"inputs": [GOOD]})
    read = [*cluster.subscription(stop_after=3).messages()]
    assert len(read) == 3
    assert all(isinstance(each, Message) for each in read)


def test_what_was_not_worked_through_is_given_again(cluster: Cluster) -> None:
    cluster.send(*({"inputs": [{**GOOD, "metadata": {"data_type": kind}}]} for kind in ("payload", "streaming")))
    reading = cluster.subscription().messages()
    assert _kind(next(reading)) == "payload"
    assert _kind(next(reading)) == "streaming"
    reading.close()  # type: ignore[attr-defined]  # a generator: stopped in the middle of the second message
    again = cluster.subscription(stop_after=1).messages()
    assert [_kind(each) for each in again] == ["streaming"]


def test_without_commits_everything_is_given_again(cluster: Cluster) -> None:
    cluster.send({"inputs": [GOOD]})
    for _ in range(2):
        assert len([*cluster.subscription(stop_after=1, disable_commit=True).messages()]) == 1


def test_what_cannot_be_used_is_a_dead_letter_and_does_not_stop_the_rest(cluster: Cluster, tmp_path: Path) -> None:
    cluster.send(b"\xff{", {"inputs": [GOOD, {"tasks": []}]})
    letters = LetterFile(tmp_path / "deep" / "dead.jsonl")
    read = [*cluster.subscription(stop_after=3).messages()]
    assert [type(each) for each in read] == [Bad, Message, Bad]
    for each in read:
        if isinstance(each, Bad):
            letters(each)
    told = [json.loads(line) for line in letters.path.read_text().splitlines()]
    assert [letter["source"] for letter in told] == ["topic test_cm, offset 0", "topic test_cm, offset 1, inputs[1]"]
    assert told[0]["errors"][0].startswith("not JSON")
    assert json.loads(told[1]["text"])["inputs"] == [{"tasks": []}]


def test_dead_letters_may_have_a_topic_of_their_own(cluster: Cluster) -> None:
    LetterTopic(cluster.address, "dead")(Bad("m", ('expected {"inputs": [...]}',), "{}"))
    assert cluster.first("dead")["errors"] == ['expected {"inputs": [...]}']


@pytest.mark.parametrize(
    ("options", "words"), [({"poll_interval": "soon"}, "poll_interval 'soon'"), ({"stop_after": -1}, "not negative")]
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(FingerprintError, match=words):
        Subscription(**options)


def _kind(message: Message | Bad) -> str:
    assert isinstance(message, Message)
    return message.metadata.data_type
