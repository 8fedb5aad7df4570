"""Compiled networks: from a text of the language to source, to a file, to a network of a backend."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from swapbench_models.neural import networks
from swapbench_models.neural.classifier import Classifier, Executed
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.images import Images
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.network.network import Network


class Compiled(Classifier):
    """A classifier whose network is compiled for a backend; `training` is what `Classifier` takes.

    Its stages can be called one by one: `parse`, which ends with all shapes known, `generate` and `build`. Pictures
    make no difference to any of them.
    """

    def __init__(self, execute: Callable[[Any, Network], Executed], backend: str, model: str, **training: Any) -> None:
        self.text, self.backend = networks.text(model), backend
        self.parse()
        self.generate()
        super().__init__(execute, self._imported, model, **training)

    def parse(self, X: Images | None = None) -> None:
        """Read the text and check it."""
        (self._checked,) = check(self.text)

    def generate(self, X: Images | None = None) -> None:
        """Write the source for the backend."""
        self.source = generate(self._checked.network, self.backend)

    def _imported(self) -> Any:
        """Return the network that the source builds, imported from a file."""
        with TemporaryDirectory() as folder:
            return load(write(self.source, Path(folder))).build_model()
