"""Workloads of about a millisecond whose time, memory and accuracy can really be made worse by a known share."""

import hashlib
import json
import random
import re
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS = 200
HELD_BYTES = 32 * 2**20
EXAMPLES = 2000
ERRORS = 100


def truth() -> "tuple[NDArray[Any], NDArray[Any]]":
    """Data: 2,000 examples of two classes, and the class of each as its only feature."""
    import numpy as np

    labels = np.random.default_rng(0).integers(0, 2, EXAMPLES)
    return labels[:, None].astype(np.float32), labels


def accuracy(truth: "NDArray[Any]", labels: "NDArray[Any]") -> float:
    """Share of labels that equal the truth, without scikit-learn, whose import would take most of a trial's time."""
    return float(correct(truth, labels).mean())


def correct(truth: "NDArray[Any]", labels: "NDArray[Any]") -> "NDArray[Any]":
    """Whether each label equals the truth, shape (n,)."""
    equal: NDArray[Any] = truth == labels
    return equal


class Workload:
    """Does `units` units of one `kind` of work, holds `held` bytes, and predicts all but `errors` examples right.

    200 units, 32 MiB and 100 errors are the plain one: what is added to them is done, held and predicted wrong.
    `choice` says which examples: no seed, for nothing is drawn that another seed would make another model of.
    """

    def __init__(
        self, kind: str, units: int = UNITS, held: int = HELD_BYTES, errors: int = ERRORS, choice: int = 0
    ) -> None:
        self._unit = KINDS[kind]()
        self.units, self.held, self.errors, self.choice = units, held, errors, choice
        self._memory: Any = None
        self._labels: Any = None

    def predict(self, X: "NDArray[Any]") -> "NDArray[Any]":
        """Hold the memory from the first call on, do the work, and return a label for each example."""
        if self._labels is None:
            self._prepare(X)
        unit = self._unit
        for _ in range(self.units):
            unit()
        labels: NDArray[Any] = self._labels
        return labels

    def _prepare(self, X: "NDArray[Any]") -> None:
        """Do once what is not part of the work, so that all that is timed grows with the units.

        However many labels are wrong, the same memory is asked for: what lies elsewhere then would make some work
        several percent faster or slower.
        """
        import numpy as np

        self._memory = np.ones(self.held, np.uint8)
        wrong = np.random.default_rng(self.choice).permutation(len(X)) < self.errors
        self._labels = np.where(wrong, 1 - X[:, 0], X[:, 0]).astype(int)


def _loop() -> Callable[[], Any]:
    def unit() -> int:
        total = 0
        for number in range(150):
            total += number & 7
        return total

    return unit


def _dictionary() -> Callable[[], Any]:
    words = [f"word{number % 97}" for number in range(70)]

    def unit() -> dict[str, int]:
        counts: dict[str, int] = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        return counts

    return unit


def _sorting() -> Callable[[], Any]:
    values = random.Random(0).sample(range(10_000), 120)  # noqa: S311  # nothing is hidden by these numbers
    return lambda: sorted(values)


def _text() -> Callable[[], Any]:
    pattern, line = re.compile(r"(\w+)=(\d+)"), "user=17 host=4 took=1234 status=200 " * 4
    return lambda: pattern.sub("#", line)


def _parsing() -> Callable[[], Any]:
    body = json.dumps([{"name": f"n{number}", "values": [number, 0.5]} for number in range(8)])
    return lambda: json.loads(body)


def _hashing() -> Callable[[], Any]:
    block = bytes(range(256)) * 20
    return lambda: hashlib.sha256(block).digest()


def _packing() -> Callable[[], Any]:
    block = b"the same words again and again " * 20
    return lambda: zlib.compress(block)


def _products() -> Callable[[], Any]:
    import numpy as np

    left = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    return lambda: left @ left


def _elements() -> Callable[[], Any]:
    import numpy as np

    values = np.random.default_rng(0).normal(size=3_000)
    return lambda: np.exp(values).sum()


def _gathering() -> Callable[[], Any]:
    import numpy as np

    generator = np.random.default_rng(0)
    values, order = generator.normal(size=400_000), generator.permutation(400_000)[:2_500]
    return lambda: np.take(values, order).sum()


def _transform() -> Callable[[], Any]:
    import numpy as np

    values = np.random.default_rng(0).normal(size=512)
    return lambda: np.fft.rfft(values)


def _solving() -> Callable[[], Any]:
    import numpy as np

    matrix = np.random.default_rng(0).normal(size=(12, 12)) + 12 * np.eye(12)
    return lambda: np.linalg.solve(matrix, matrix)


KINDS: dict[str, Callable[[], Callable[[], Any]]] = {
    "loop": _loop,
    "dictionary": _dictionary,
    "sorting": _sorting,
    "text": _text,
    "parsing": _parsing,
    "hashing": _hashing,
    "packing": _packing,
    "products": _products,
    "elements": _elements,
    "gathering": _gathering,
    "transform": _transform,
    "solving": _solving,
}
