"""The session: the environment that it began in, and what its own files have set since."""

import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

# readline, which pytest imports, sets these for every process that is started from then on, such as workers: they tell
# the size of a terminal, on which no result stands.
_TERMINAL = ("COLUMNS", "LINES")

# Those by which tools have what they are about begin anew in every process that is started: with pytest's a child takes
# itself for a worker of pytest-xdist, and with coverage's it is traced while it is timed.
TOOLS = ("PYTEST_", "COVERAGE_PROCESS_", "COV_CORE_")

# As this is imported: by the plugin, which pytest loads before any file of the user's.
_began = dict(os.environ)


def begin(environment: Mapping[str, str]) -> None:
    """Take an environment for the one in which the session began: that of the process which started this one."""
    _began.clear()
    _began.update(environment)
    set_since.cache_clear()


def began() -> dict[str, str]:
    """Return the environment in which the session began, before it imported anything of the user's."""
    return dict(_began)


@cache
def set_since() -> tuple[tuple[str, str], ...]:
    """Return the variables that the session's own files have set (conftest.py, test files and what they import):
    children inherit them, so results stand on them.

    They are those of the first call, when all files have been collected: what a test sets later, no cell is to feel.
    """
    return tuple(
        (name, value)
        for name, value in sorted(os.environ.items())
        if _began.get(name) != value and not name.startswith(TOOLS) and name not in _TERMINAL
    )


def new_run() -> str:
    """Return a name for a run that begins now."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
