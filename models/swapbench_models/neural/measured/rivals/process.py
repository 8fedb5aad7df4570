"""A process that is spoken to: a line of JSON a request, a line of JSON an answer."""

import json
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from swapbench_models.neural.error import NeuralError


class Process:
    """A running program that answers `{"done": result}` or `{"error": sentence}`; it ends when its input does."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        """`name` is what errors call it."""
        self._name = name
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        if self._process.stdin is None or self._process.stdout is None:
            raise NeuralError(f"{name} has no pipes.")
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def ask(self, **request: Any) -> Any:
        """Return the result of a request; raises NeuralError with what the process says is wrong, or that it ended."""
        line = self._answered(json.dumps(request))
        if not line:
            raise NeuralError(f"{self._name} ended with status {self.close()} instead of answering.")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = {}
        if "error" in answer:
            raise NeuralError(f"{self._name}: {answer['error']}")
        if "done" not in answer:
            raise NeuralError(f"{self._name} answered {line[:80]!r}; expected a result or an error in JSON.")
        return answer["done"]

    def close(self) -> int:
        """Let it end, and return its exit status."""
        with suppress(BrokenPipeError):  # it has ended before, and has not read all
            self._requests.close()
        self._answers.close()
        return self._process.wait()

    def _answered(self, request: str) -> str:
        """Return the line that a request is answered with, or nothing by a process that has ended."""
        if self._requests.closed:
            return ""
        try:
            self._requests.write(request + "\n")
            self._requests.flush()
            return self._answers.readline()
        except BrokenPipeError:
            return ""
