"""What a run says while another one keeps it from measuring."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from swapbench.plugin.live import LIVE, LiveLine


def uncaptured_stderr(config: pytest.Config) -> int:
    """Return a descriptor of the error output, past pytest's capturing, for what may have to be said at any moment, in
    another thread or in the middle of a test."""
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        return os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2)


class Announcer:
    """Shows a sentence in the live line where there is one, else once on the error output, past pytest's capturing."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._said: set[str] = set()
        self._stderr = os.fdopen(uncaptured_stderr(config), "w")

    def __call__(self, sentence: str) -> None:
        live = self._config.pluginmanager.get_plugin(LIVE)
        if (isinstance(live, LiveLine) and live.say(sentence)) or not sentence or sentence in self._said:
            return
        self._said.add(sentence)
        print(f"\nswapbench: {sentence}", file=self._stderr, flush=True)

    def show(self, nodes: Mapping[str, Sequence[str]]) -> None:
        """Show what each machine measures in the live line, and nowhere else."""
        live = self._config.pluginmanager.get_plugin(LIVE)
        if isinstance(live, LiveLine):
            live.show(nodes)

    def close(self) -> None:
        self._stderr.close()
