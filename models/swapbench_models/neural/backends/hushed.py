"""Hushed: what TensorFlow logs of itself as it is imported, before anything that sets its level is heard."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
NOTHING = "3"  # of notes, warnings and errors; what ends the process is told all the same
_LOGGED = re.compile(rb"(?:[IWE]\d{4} \d\d:\d\d:|WARNING: All log messages before absl::InitializeLog)")


@contextmanager
def hushed() -> Iterator[None]:
    """Keep such lines from the error stream where the level says that nothing is to be logged; all others pass."""
    if os.environ.get(LEVEL) != NOTHING:
        yield
        return
    sys.stderr.flush()
    stream = os.dup(2)
    with TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stream, 2)
            os.close(stream)
            kept.seek(0)
            for line in kept:
                if not _LOGGED.match(line):
                    os.write(2, line)
