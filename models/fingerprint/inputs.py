"""Inputs: control messages made of files that are named on the command line, or written in files."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import fsspec

from models.fingerprint.error import DataError
from models.fingerprint.messages import (
    Bad,
    DataType,
    FileOptions,
    Format,
    Kind,
    Load,
    LoadProperties,
    Message,
    Metadata,
    Work,
    messages,
)
from models.fingerprint.reader import expanded


def asked(kind: Kind, files: Sequence[str], form: Format = "auto", data_type: DataType = "payload") -> Message:
    """Return the message that asks for one kind of work on files, which may have wildcards."""
    return Message(
        tasks=(
            Load(type="load", properties=LoadProperties(files=tuple(files))),
            Work(type=kind, properties={}),
        ),
        metadata=Metadata(data_type=data_type, file_to_df_options=FileOptions(file_type=form)),
    )


def watched(patterns: Sequence[str], interval_s: float) -> Iterator[list[str]]:
    """Yield the files that match, then for ever those that were not there when last looked at; one that was deleted is
    new when it comes back. Raises DataError when there is none to begin with."""
    seen = set(expanded(patterns))
    yield sorted(seen)
    while True:
        time.sleep(interval_s)
        try:
            found = set(expanded(patterns))
        except DataError:  # all of them were deleted
            found = set()
        if found - seen:
            yield sorted(found - seen)
        seen = found


def written(patterns: Sequence[str]) -> Iterator[Message | Bad]:
    """Yield the messages in files, pattern by pattern, of each the files in order of their names; raises DataError when
    no file matches one."""
    for name in (name for pattern in patterns for name in expanded([pattern])):
        with fsspec.open(name, "rb") as file:
            yield from messages(file.read(), Path(name).name)
