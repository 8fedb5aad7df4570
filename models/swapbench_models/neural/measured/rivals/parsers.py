"""Parsers of the language, to be timed beside each other: `parse(texts)` reads every text of an array, from its start.

`create(texts)` makes anew what a parser needs before its first text; ours needs nothing.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural import networks
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.parser import parse
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.measured.rivals import served
from swapbench_models.neural.measured.rivals.process import Process

Texts = NDArray[np.str_]


def texts(model: str, times: int) -> tuple[Any, Any]:
    """Return the text of a network so many times (n,), and zeros."""
    return np.array([networks.text(model).text] * times), np.zeros(times, dtype=np.int64)


class Ours:
    """The parser written by hand, and the check after it: all shapes are known in the end."""

    def parse(self, texts: Texts) -> None:
        for text in texts.tolist():
            check(Source(text))


class Tree:
    """The parser written by hand, alone."""

    def parse(self, texts: Texts) -> None:
        for text in texts.tolist():
            parse(Source(text))


class Lark:
    """The parser that lark makes of the same grammar, to the same tree."""

    def __init__(self) -> None:
        self.create()

    def create(self, texts: Texts | None = None) -> None:
        from swapbench_models.neural.measured.rivals import lark_parser

        self._parser = lark_parser.create()

    def parse(self, texts: Texts) -> None:
        for text in texts.tolist():
            self._parser.parse(text)


class Reference:
    """The reference's parser in a process of its own; `packages` is the folder in which `model` is what it needs.

    Its result is what the text says, checked a little, and without shapes.
    """

    def __init__(self, packages: Path) -> None:
        # Without the packages of this interpreter, and without writing beside those that it is given.
        command = [sys.executable, "-I", "-S", "-B", served.__file__, str(packages / "model")]
        self._process = Process("The reference", command)
        try:
            self.create()
        except NeuralError:
            self.close()
            raise

    def create(self, texts: Texts | None = None) -> None:
        self._process.ask(work="create")

    def parse(self, texts: Texts) -> list[str]:
        """Return the layers of the last text."""
        layers: list[str] = self._process.ask(work="parse", texts=texts.tolist())
        return layers

    def close(self) -> None:
        """Let the process end."""
        self._process.close()
