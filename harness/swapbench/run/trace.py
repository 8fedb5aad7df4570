"""Traces: where measured code failed, without the frames of what measures it."""

import re
import traceback
from pathlib import Path

_HOME = str(Path(__file__).parents[1])
# As faulthandler writes the frames of a crash; a trace of an exception has a comma after the number.
_CRASH_FRAME = re.compile(rf'^  File "(?:{re.escape(_HOME)}/[^"]*|<frozen runpy>|<string>)", line \d+ in ')


def trace(error: BaseException) -> str:
    """Return the trace of an exception and of those behind it; only where no frame is anybody else's, with ours."""
    whole = traceback.TracebackException.from_exception(error)
    waiting, seen = [whole], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        theirs = [frame for frame in one.stack if not frame.filename.startswith(_HOME)]
        one.stack[:] = theirs or one.stack
        waiting += [behind for behind in (one.__cause__, one.__context__, *(one.exceptions or ())) if behind]
    return "".join(whole.format())


def is_ours(line: str) -> bool:
    """Tell whether a line in the account of a crash is a frame of what measures."""
    return _CRASH_FRAME.match(line) is not None
