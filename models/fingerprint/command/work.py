"""Work: the commands that put messages through a pipeline, and the summary that each ends with."""

import argparse
import json
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

from models.arguments import at_least
from models.fingerprint.command.arguments import (
    add_detection,
    add_input,
    add_rows,
    add_store,
    add_talk,
    add_training,
    option,
)
from models.fingerprint.command.settings import pipeline
from models.fingerprint.detections import Writer
from models.fingerprint.error import StoreError
from models.fingerprint.inputs import asked, watched, written
from models.fingerprint.messages import Bad, Kind, Message
from models.fingerprint.pipeline import Pipeline
from models.fingerprint.reader import expanded


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add train, infer, run, listen and register."""
    training = commands.add_parser("train", help="train models on files of logs")
    add_input(training)
    add_training(training)
    training.set_defaults(command=lambda options: _files(options, "training"))
    inference = commands.add_parser("infer", help="look for anomalies in files of logs")
    add_input(inference)
    add_detection(inference)
    inference.set_defaults(command=lambda options: _files(options, "inference"))
    running = commands.add_parser("run", help="do what control messages in files say")
    option(running, "control_message", action="append", required=True, help="file or URL, wildcards too (repeatable)")
    running.set_defaults(command=_run)
    listening = commands.add_parser("listen", help="do what control messages in Kafka's topics say, as they come in")
    _add_kafka(listening)
    listening.set_defaults(command=_listen)
    for each in (running, listening):
        add_training(each)
        add_detection(each)
        option(each, "filter_task_type", choices=("training", "inference"), help="leave other messages out")
        option(each, "filter_data_type", choices=("payload", "streaming"), help="leave other messages out")
    registering = commands.add_parser("register", help="give the store the models that it did not take before")
    registering.set_defaults(command=_register)
    for each in (training, inference, running, listening, registering):
        add_rows(each)
        add_store(each)
        add_talk(each)


def _files(options: argparse.Namespace, kind: Kind) -> int:
    return _worked(
        options, pipeline(options), (asked(kind, names, options.file_type_override) for names in _named(options))
    )


def _named(options: argparse.Namespace) -> Iterator[list[str]]:
    """Yield the files that there are, once or, where they are watched, whenever there are more."""
    if options.watch_inputs:
        yield from watched(options.input_file, options.watch_interval)
    else:
        yield expanded(options.input_file)


def _run(options: argparse.Namespace) -> int:
    return _worked(options, pipeline(options), written(options.control_message))


def _listen(options: argparse.Namespace) -> int:
    from models.fingerprint.kafka import DeadLetters, LetterFile, LetterTopic, Subscription

    subscription = Subscription(
        options.bootstrap_servers,
        tuple(options.input_topic or ("test_cm",)),
        options.group_id,
        options.client_id,
        options.poll_interval,
        options.disable_commit,
        options.auto_offset_reset,
        options.stop_after,
        not options.synchronous_commits,
    )
    letters: DeadLetters = LetterFile(Path(options.cache_dir) / "dead_letters.jsonl")
    if options.dead_letter_topic:
        letters = LetterTopic(options.bootstrap_servers, options.dead_letter_topic)
    return _worked(options, pipeline(options), subscription.messages(letters))


def _register(options: argparse.Namespace) -> int:
    work = pipeline(options)
    if work.shelf is None or not work.shelf.waiting():
        print("No model waits.")
        return 0
    for label in work.shelf.send(work.store):
        print(label)
    return 0


def _worked(options: argparse.Namespace, work: Pipeline, messages: Iterable[Message | Bad]) -> int:
    """Put messages through, write what is found as it is found, and end with the summary: also when interrupted, or
    when the store is gone."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    wanted = getattr(options, "output", None) or f"dfp_detections_{Path(options.source).stem}.csv"
    writer = Writer(Path(wanted), options.overwrite) if hasattr(options, "overwrite") else None
    stopped = ""
    try:
        for found in work.run(messages):
            if writer is not None:
                writer.write(found)
    except KeyboardInterrupt:
        stopped = "Interrupted."
    except StoreError as error:
        stopped = str(error)
    finally:
        signal.signal(signal.SIGTERM, before)
        if writer is not None:
            writer.close()
    _summed_up(options, work, writer, stopped)
    if stopped:
        print(stopped, file=sys.stderr)
        return 130 if stopped == "Interrupted." else 2
    nothing = not (work.tally.counts["models trained"] or work.tally.counts["rows scored"])
    return (2 if nothing else 1) if work.tally.failures else 0


def _summed_up(options: argparse.Namespace, work: Pipeline, writer: Writer | None, stopped: str) -> None:
    output = str(writer.path) if writer is not None and writer.rows else None
    if options.json:
        told = {"counts": work.tally.counts, "failures": work.tally.failures, "output": output, "stopped": stopped}
        print(json.dumps(told, indent=2))
        return
    for line in work.tally.lines():
        print(line)
    if output:
        print(f"Detections are in {output}.")


def _add_kafka(parser: argparse.ArgumentParser) -> None:
    option(parser, "bootstrap_servers", default="localhost:9092", help="Kafka's (default: localhost:9092)")
    option(parser, "input_topic", action="append", help="topic to read (repeatable; default: test_cm)")
    option(parser, "group_id", default="morpheus", help="of the consumer (default: morpheus)")
    option(parser, "client_id", help="of the consumer")
    option(parser, "poll_interval", default="10millis", help="pause where there is nothing (default: 10millis)")
    option(parser, "disable_commit", action="store_true", help="commit nothing: whoever comes next starts anew")
    option(parser, "disable_pre_filtering", action="store_true", help="without effect, as in Morpheus: all are checked")
    option(parser, "auto_offset_reset", default="latest", choices=("latest", "earliest"), help="(default: latest)")
    option(parser, "stop_after", type=at_least(0), default=0, help="control messages (default: 0, go on for ever)")
    option(parser, "synchronous_commits", action="store_true", help="wait for each commit")
    option(parser, "dead_letter_topic", help="for what cannot be used (default: dead_letters.jsonl in --cache_dir)")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
