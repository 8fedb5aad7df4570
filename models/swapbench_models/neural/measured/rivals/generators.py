"""Generators of code, to be timed: `generate(texts)` writes the source of every text of an array, which was checked."""

from swapbench_models.neural.generate.generate import generate, writer
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked, check
from swapbench_models.neural.measured.rivals.parsers import Texts


class Generator:
    """The generator for one backend, imported already."""

    def __init__(self, backend: str) -> None:
        self._backend = backend
        self._checked: list[Checked] = []
        writer(backend)

    def check(self, texts: Texts) -> None:
        """Check the texts, which is no part of generating."""
        self._checked = [checked for text in texts.tolist() for checked in check(Source(text))]

    def generate(self, texts: Texts) -> None:
        """Write the source of each network that was checked."""
        for checked in self._checked:
            generate(checked.network, self._backend)
