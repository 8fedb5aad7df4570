"""The readers of the family `neural`, and files as it writes them."""

import ast
import gzip
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from fuzzing.changes import COMMANDS
from fuzzing.reader import Reader
from keras_configurations import functional, input_, layer, sequential, taking
from neural_runs import written
from swapbench_models.error import FamilyError
from swapbench_models.neural import networks
from swapbench_models.neural.data import mnist
from swapbench_models.neural.drawing.draw import draw
from swapbench_models.neural.generate.generate import WRITERS, generate
from swapbench_models.neural.idx import read_idx
from swapbench_models.neural.keras_configuration.file import read as read_configuration
from swapbench_models.neural.keras_configuration.text import text
from swapbench_models.neural.language.parser import parse
from swapbench_models.neural.language.printer import show
from swapbench_models.neural.language.source import read
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.native.sklearn import logistic_regression
from swapbench_models.neural.report.reading import read as read_run
from swapbench_models.neural.saved import TEXT, TOLD, WEIGHTS, Lesson, load, save
from swapbench_models.neural.seal import seal, sealed
from swapbench_models.neural.weights import initial_weights, load_weights, save_weights

_TEXT = """
define Block(filters, rate) { Conv2D(filters=$filters, kernel_size=(3, 3), activation="relu") Dropout($rate) }
network Small {
  input: (28, 28, 1)
  layers:
    Block(8, 0.25) * 2
    Flatten()
    Dense(units=HPO(choice(16, 32)), activation="relu") @ "cpu"
    Output(units=10, activation="softmax")
  loss: "sparse_categorical_crossentropy"
  optimizer: Adam(learning_rate=0.001)
  metrics: ["accuracy"]
  train { epochs: 2 batch_size: 32 validation_split: 0.1 }
}
research Note { metrics { accuracy: 0.9 } }
"""
_FORBIDDEN = {
    "__import__",
    "exec",
    "eval",
    "compile",
    "open",
    "os",
    "system",
    "subprocess",
    "touch",
    "outside",
    "globals",
}


def _programs(folder: Path) -> Sequence[Path]:
    (folder / "small.neural").write_text(_TEXT)
    kept = [each for each in resources.files(networks).iterdir() if each.name.endswith(".neural")]
    for each in kept:
        (folder / each.name).write_text(each.read_text("utf-8"), "utf-8")
    return sorted(folder.glob("*.neural"))


def _compiled(path: Path) -> None:
    """Read a text, write it again, draw it, and write its source for every backend, of which nothing is run."""
    source = read(str(path))
    show(parse(source))
    for checked in check(source):
        page = draw(checked.network, "html", "light", False).decode()
        assert "<script>alert" not in page
        for backend in WRITERS:
            try:
                written_ = generate(checked.network, backend)
            except FamilyError:
                continue
            names = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(ast.parse(written_))}
            assert not names & _FORBIDDEN, f"a source that calls {names & _FORBIDDEN}"
            assert not COMMANDS.search(written_.replace("\t", " ").replace("\n", " "))


def _configurations(folder: Path) -> Sequence[Path]:
    of = [layer("Dense", "one", units=4, activation="relu"), layer("Dense", "two", units=2)]
    made = functional([input_("in", 8), taking(layer("Dense", "d", units=3), "in")], "d")
    (folder / "sequential.json").write_text(json.dumps(sequential(*of)))
    (folder / "functional.json").write_text(json.dumps(made))
    return sorted(folder.glob("*.json"))


def _converted(path: Path) -> None:
    text(read_configuration(str(path)), str(path))


# Data

_IMAGES, _LABELS = np.arange(3 * 784, dtype=np.uint8).reshape(3, 28, 28), np.arange(3, dtype=np.uint8)


def _idx(values: Any) -> bytes:
    return bytes((0, 0, 8, values.ndim)) + b"".join(side.to_bytes(4, "big") for side in values.shape) + values.tobytes()


def _mnist(folder: Path) -> Sequence[Path]:
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(_idx(_IMAGES)))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(_idx(_LABELS))
    return sorted(folder.glob("*ubyte*"))


def _read_mnist(path: Path) -> None:
    read_idx(path, 3 if "images" in path.name else 1)
    mnist(path.parent)


def _archives(folder: Path) -> Sequence[Path]:
    arrays = {
        f"{kind}_{part}": values for part in ("train", "test") for kind, values in (("x", _IMAGES), ("y", _LABELS))
    }
    np.savez(folder / "mnist.npz", **arrays)  # type: ignore[arg-type]  # none is called allow_pickle
    return [folder / "mnist.npz"]


# What was trained


@cache
def _checked() -> Any:
    (found,) = check(networks.text("simple_mlp"))
    return found


class _Classifier:
    """What a folder is read for, without a backend."""

    backend = "torch"

    def __init__(self) -> None:
        self.checked = _checked()

    def save_fitted(self, path: Path) -> None:
        save_weights(path, initial_weights(self.checked.network, 0))

    def load_fitted(self, path: Path) -> None:
        load_weights(path, self.checked.network)


_LESSON = Lesson({"dataset": "digits", "seed": 0}, "0" * 64)


def _saved(folder: Path) -> Sequence[Path]:
    place = folder / "saved"
    place.mkdir()
    save(place, networks.text("simple_mlp").text, _Classifier(), _LESSON)  # type: ignore[arg-type]
    return [place / name for name in (TOLD, WEIGHTS, TEXT)]


def _load(path: Path) -> None:
    load(path.parent, networks.text("simple_mlp").text, _Classifier(), _LESSON)  # type: ignore[arg-type]
    load_weights(path.parent / WEIGHTS, _checked().network)


def _weights(folder: Path) -> Sequence[Path]:
    save_weights(folder / "weights.npz", initial_weights(_checked().network, 0))
    model = logistic_regression(50)
    chance = np.random.default_rng(0)
    model.fit(chance.random((30, 28, 28, 1), np.float32), np.arange(30) % 10)
    model.save_fitted(folder / "logistic.npz")
    return [folder / "weights.npz", folder / "logistic.npz"]


def _load_weights(path: Path) -> None:
    if path.name == "weights.npz":
        load_weights(path, _checked().network)
    else:
        logistic_regression().load_fitted(path)


# Runs and what the command has written


def _runs(folder: Path) -> Sequence[Path]:
    return [written(folder)]


def _sealed(folder: Path) -> Sequence[Path]:
    (folder / "net.py").write_bytes(seal(b"x = 1\n", "py"))
    (folder / "net.png").write_bytes(seal(b"\x89PNG\0\0\0\0IEND\xaeB`\x82", "png"))
    return [folder / "net.py", folder / "net.png"]


def _is_sealed(path: Path) -> None:
    sealed(path.read_bytes(), path.suffix[1:])


READERS = {
    "networks, and their source": Reader(_programs, _compiled, (FamilyError,), pipes=True),
    "configurations of Keras": Reader(_configurations, _converted, (FamilyError,), pipes=True),
    "MNIST": Reader(_mnist, _read_mnist, (FamilyError,)),
    "mnist.npz": Reader(_archives, lambda path: mnist(path.parent), (FamilyError,), named=False),
    "a folder of run --save": Reader(_saved, _load, (FamilyError,), named=False),
    "weights": Reader(_weights, _load_weights, (FamilyError,)),
    "runs to report on": Reader(_runs, read_run, (FamilyError,)),
    "seals of what was written": Reader(_sealed, _is_sealed, (FamilyError,), links=False),
}
