"""Inputs: control messages made of files that are named on the command line, or written in files."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from swapbench_models.error import told
from swapbench_models.fingerprint.control.messages import (
    Bad,
    BatchingOptions,
    DataType,
    FileOptions,
    Kind,
    Load,
    LoadProperties,
    Message,
    Metadata,
    Work,
    messages,
)
from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.files import Format, expanded, identity, matched, opened

_SETTLING_S = 1.0  # between the first two looks, however long the others are apart


def asked(
    kind: Kind,
    files: Sequence[str],
    form: Format = "auto",
    data_type: DataType = "payload",
    period: str | None = None,
) -> Message:
    """Return the message that asks for one kind of work on files, which may have wildcards; a `period` puts together
    what was written in it, else that is as the type of data has it."""
    message = Message(
        tasks=(
            Load(type="load", properties=LoadProperties(files=tuple(files))),
            Work(type=kind, properties={}),
        ),
        metadata=Metadata(
            data_type=data_type,
            batching_options=None if period is None else BatchingOptions(period=period),
            file_to_df_options=FileOptions(file_type=form),
        ),
    )
    return message.named("the command")


@dataclass(frozen=True)
class Look:
    """What a look at watched files found: all that have stopped growing, and of them those that are new or have changed
    since they were last given out."""

    settled: tuple[str, ...]
    fresh: tuple[str, ...]


def watched(patterns: Sequence[str], interval_s: float) -> Iterator[Look]:
    """Yield what there is, then for ever what there is more of, whenever there is.

    A file that is still being written is given out when two looks in a row have found it the same, and again when it
    has changed since; one that was deleted is new when it comes back. Raises DataError when there is none at first.
    """
    given: dict[str, str] = {}
    before = _looked(patterns)
    if not before:
        expanded(patterns)  # which says what is wrong with them
        raise DataError(f"No file matches {', '.join(patterns)}.")
    pause = min(interval_s, _SETTLING_S)
    while True:
        time.sleep(pause)
        pause = interval_s
        now = _looked(patterns)
        settled = {name: seen for name, seen in now.items() if before.get(name) == seen}
        fresh = [name for name, seen in settled.items() if given.get(name) != seen]
        given = {name: seen for name, seen in given.items() if name in now} | settled
        before = now
        if fresh:
            yield Look(tuple(sorted(given)), tuple(sorted(fresh)))


def written(patterns: Sequence[str], lenient: bool = False) -> Iterator[Message | Bad]:
    """Yield the messages in files, pattern by pattern, of each the files in order of their names; a file that cannot be
    read is a bad message. Raises DataError when no file matches a pattern."""
    for name in (name for pattern in patterns for name in expanded([pattern])):
        try:
            text = opened(name)
        except Exception as error:  # whatever is wrong with a file, the others hold messages too
            yield Bad(Path(name).name, (told(error),))
            continue
        yield from messages(text, Path(name).name, lenient)


def _looked(patterns: Sequence[str]) -> Mapping[str, str]:
    """Return the files that match now, each with what tells its content from another."""
    found = {}
    for name in matched(patterns, anew=True)[0]:
        with suppress(Exception):  # it went since it was listed, and is not there to be given out
            found[name] = identity(name)
    return found
