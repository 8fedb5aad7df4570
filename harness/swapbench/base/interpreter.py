"""Interpreters: how our own processes are started, wherever the measured code lies."""

import sys
from pathlib import Path

_HOME = Path(__file__).parents[2]
# The instrument is imported from where this one is, and its folder then leaves the path again: in a checkout of another
# commit, which may have an instrument too, that commit is what is measured and never what measures.
_BOOT = (
    f"import sys; sys.path.insert(0, {str(_HOME)!r}); import swapbench; del sys.path[0]; import runpy; "
    "sys.argv[0] = sys.argv.pop(1); runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module as a program, with this instrument."""
    return [sys.executable, "-c", _BOOT, module, *arguments]
