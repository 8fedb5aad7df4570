"""Work: the commands that put messages through a pipeline, and the summary that each ends with."""

import argparse
import json
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from swapbench_models.arguments import at_least
from swapbench_models.fingerprint.command.arguments import (
    add_detection,
    add_files,
    add_filters,
    add_input,
    add_rows,
    add_store,
    add_talk,
    add_training,
    add_windows,
    option,
)
from swapbench_models.fingerprint.command.environment import Several
from swapbench_models.fingerprint.control.inputs import asked, watched, written
from swapbench_models.fingerprint.control.messages import Bad, Kind, Message
from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.files import expanded
from swapbench_models.fingerprint.pipeline.writer import Writer
from swapbench_models.store.error import StoreError

if TYPE_CHECKING:
    from swapbench_models.fingerprint.pipeline.pipeline import Pipeline


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
    named = "files or URLs, wildcards too"
    option(running, "control_message", "-f", "--input_file", "--input-file", action=Several, nargs="+", help=named)
    option(running, "use_cpp", metavar="BOOL", help="without effect, for commands of Morpheus: there is no C++ here")
    running.set_defaults(command=_run)
    listening = commands.add_parser("listen", help="do what control messages in Kafka's topics say, as they come in")
    _add_kafka(listening)
    listening.set_defaults(command=_listen)
    for each in (running, listening):
        add_training(each)
        add_detection(each)
        add_windows(each, ("training", "inference"), only=False)
        add_filters(each)
        option(each, "lenient", action="store_true", help="read messages without the keys that nobody knows")
    for each, kind in ((training, "training"), (inference, "inference")):
        add_files(each)
        add_windows(each, (kind,), only=True)
    registering = commands.add_parser("register", help="give the store the models that it did not take before")
    registering.set_defaults(command=_register)
    for each in (training, inference, running, listening, registering):
        add_rows(each)
        add_store(each)
        add_talk(each)


def _pipeline(options: argparse.Namespace) -> "Pipeline":
    from swapbench_models.fingerprint.command.settings import pipeline  # brings torch, which other commands go without

    return pipeline(options)


def _files(options: argparse.Namespace, kind: Kind) -> int:
    work = _pipeline(options)
    if options.watch_inputs:
        work.tally.tell = _aloud
    return _worked(options, work, _asked(options, kind))


def _asked(options: argparse.Namespace, kind: Kind) -> Iterator[Message]:
    """Yield what is asked of the files that there are, once or, where they are watched, whenever there are more.

    What is new is looked through; models are trained on all there is: the new alone would make them forget the rest.
    """
    how = (options.file_type_override, options.data_type, options.period)
    if not options.watch_inputs:
        yield asked(kind, expanded(options.input_file), *how)
        return
    for look in watched(options.input_file, options.watch_interval):
        # Windows remember what they were given: they are given each file once.
        anew = kind == "training" and options.data_type == "payload"
        yield asked(kind, look.settled if anew else look.fresh, *how)


def _run(options: argparse.Namespace) -> int:
    if not options.control_message:
        raise FingerprintError("run needs a control message: give its file with --control-message.")
    return _worked(options, _pipeline(options), written(options.control_message, options.lenient))


def _listen(options: argparse.Namespace) -> int:
    from swapbench_models.fingerprint.control.kafka import LetterFile, LetterTopic, Subscription

    subscription = Subscription(
        options.bootstrap_servers,
        tuple(options.input_topic),
        options.group_id,
        options.client_id,
        options.poll_interval,
        options.disable_commit,
        options.auto_offset_reset,
        options.stop_after,
        not options.synchronous_commits,
        lenient=options.lenient,
    )
    work = _pipeline(options)
    work.tally.tell = _aloud
    work.dead = LetterFile(Path(options.cache_dir) / "dead_letters.jsonl")
    if options.dead_letter_topic:
        work.dead = LetterTopic(options.bootstrap_servers, options.dead_letter_topic)
    return _worked(options, work, subscription.messages())


def _aloud(sentence: str) -> None:
    """Say a failure at once, where the summary may be days away."""
    print(sentence, file=sys.stderr, flush=True)


def _register(options: argparse.Namespace) -> int:
    work = _pipeline(options)
    if work.shelf is None or not work.shelf.waiting():
        print("No model waits.")
        return 0
    labels, damaged = 0, 0
    for sent in work.shelf.send(work.models.take):
        print(sent.label or sent.error)
        labels, damaged = labels + (sent.error is None), damaged + (sent.error is not None)
    return (1 if labels else 2) if damaged else 0


def _worked(options: argparse.Namespace, work: "Pipeline", messages: Iterable[Message | Bad]) -> int:
    """Put messages through, write what is found as it is found, and end with the summary: also when interrupted, or
    when the store is gone."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    writer = _writer(options)
    stopped, ended = "", False
    try:
        for found in work.run(messages):
            if writer is not None:
                writer.write(found)
        ended = True
    except KeyboardInterrupt:
        stopped = "Interrupted."
    except StoreError as error:
        stopped = str(error)
    finally:
        signal.signal(signal.SIGTERM, before)
        if writer is not None:
            # Only who has looked through rows knows that there is nothing in them.
            writer.close(ended and work.tally.counts["rows scored"] > 0)
    if writer is not None:
        for column, rows in writer.left_out.items():
            work.tally.counts[f"detections without their column {column}, which the first had not"] += rows
    _summed_up(options, work, writer, stopped)
    if stopped:
        print(stopped, file=sys.stderr)
        return 130 if stopped == "Interrupted." else 2
    return _status(work)


def _writer(options: argparse.Namespace) -> Writer | None:
    if not hasattr(options, "overwrite"):
        return None
    wanted = options.output or f"dfp_detections_{Path(options.source).stem}.csv"
    return Writer(Path(wanted), options.overwrite, fixed_columns=not options.varying_columns)


def _status(work: "Pipeline") -> int:
    """Return 0; 1 when something failed, 2 when besides nothing was done. Rows that wait for more are something; where
    nobody asked for anything, nothing is as it should be."""
    counts = work.tally.counts
    done = ("models trained", "rows scored", "batches of users that wait for more rows")
    if any(counts[name] for name in done):
        return 1 if work.tally.failures else 0
    unasked = counts["messages"] == counts["messages that are not wanted"]
    if not work.tally.failures and not unasked:
        print("Nothing was done: not one row is left to work on.", file=sys.stderr)
    return 0 if unasked else 2


def _summed_up(options: argparse.Namespace, work: "Pipeline", writer: Writer | None, stopped: str) -> None:
    output = str(writer.path) if writer is not None and writer.rows else None
    if options.json:
        told = {"counts": work.tally.counts, "failures": work.tally.failures, "output": output, "stopped": stopped}
        print(json.dumps(told, indent=2))
        return
    for line in work.tally.lines():
        print(line)
    if output:
        print(f"Detections are in {output}.")
    elif writer is not None and work.tally.counts["rows scored"] and not stopped:
        print(f"There are no detections, and no {writer.path}.")


def _add_kafka(parser: argparse.ArgumentParser) -> None:
    option(parser, "bootstrap_servers", default="localhost:9092", help="Kafka's (default: {})")
    topics = "topic to read (repeatable; default: test_cm)"
    option(parser, "input_topic", action=Several, default=["test_cm"], help=topics)
    option(parser, "group_id", default="morpheus", help="of the consumer (default: {})")
    option(parser, "client_id", help="of the consumer")
    option(parser, "poll_interval", default="10millis", help="pause where there is nothing (default: {})")
    option(parser, "disable_commit", action="store_true", help="commit nothing: whoever comes next starts anew")
    option(parser, "disable_pre_filtering", action="store_true", help="without effect, as in Morpheus: all are checked")
    option(parser, "auto_offset_reset", default="latest", choices=("latest", "earliest"), help="(default: {})")
    option(parser, "stop_after", type=at_least(0), default=0, help="control messages (default: {}, go on for ever)")
    option(parser, "synchronous_commits", action="store_true", help="wait for each commit")
    option(parser, "dead_letter_topic", help="for what cannot be used (default: dead_letters.jsonl in --cache_dir)")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
