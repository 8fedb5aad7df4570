"""Interrupts: how a run ends that is asked to, by Ctrl-C or by whoever terminates it."""

import os
import signal
import threading
from collections.abc import Mapping
from functools import partial
from types import FrameType
from typing import Any

import pytest

from swapbench.plugin.waiting import uncaptured_stderr

# What each does where nobody has said otherwise: who has, as `nohup` does, is to have his way.
_PLAIN: Mapping[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
_AT_ONCE = b"\nswapbench: ended at once; what was measured is kept, and the same command with --swap-resume goes on.\n"


class Interrupts:
    """The first request interrupts what is measured, as Ctrl-C does; a further one, or one that comes when all has been
    measured, ends the process at once, for what is half shown cannot be unwound in a sentence."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._stderr: int | None = None
        self.measuring = False

    def listen(self) -> None:
        """Answer requests from now until the session ends."""
        if self._stderr is not None or threading.current_thread() is not threading.main_thread():
            return
        self.measuring, self._stderr = True, uncaptured_stderr(self._config)
        self._config.add_cleanup(partial(os.close, self._stderr))
        for signum, plain in _PLAIN.items():
            if signal.getsignal(signum) == plain:
                self._config.add_cleanup(partial(_answer_plainly, signum))
                signal.signal(signum, self._asked)

    def _asked(self, _signum: int, _frame: FrameType | None) -> None:
        if self.measuring:
            self.measuring = False
            raise KeyboardInterrupt
        os.write(self._stderr or 2, _AT_ONCE)
        os._exit(pytest.ExitCode.INTERRUPTED)


def _answer_plainly(signum: signal.Signals) -> None:
    signal.signal(signum, _PLAIN[signum])
