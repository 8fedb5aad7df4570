"""The command `convert`: a text as a file of ONNX or a configuration of Keras, and a configuration as a text."""

import argparse
import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from swapbench_models.arguments import seed
from swapbench_models.neural.command.arguments import add_network, add_reading, chosen
from swapbench_models.neural.command.writing import add_force, require_free
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked, check
from swapbench_models.neural.seal import seal
from swapbench_models.writing import write

# What files of the language end in, and what some call them in short.
_TEXT, _SHORT = ".neural", ".nr"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add convert."""
    parser = commands.add_parser(
        "convert",
        help="write a network as ONNX or as a configuration of Keras, or read one",
        description=f"What FILE and OUT end in says what is converted: {_known()}.",
    )
    parser.set_defaults(command=_convert)
    add_network(parser)
    parser.add_argument("--output", "-o", metavar="OUT", required=True, help="the file to write")
    add_force(parser)
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument("--seed", type=seed, help="of the initial weights, for ONNX (default: 0)")
    weights.add_argument("--weights", metavar="NPZ", help="weights that a classifier of this network saved, for ONNX")
    add_reading(parser)


def _convert(options: argparse.Namespace) -> int:
    endings = (Path(name).suffix.lower() for name in (options.file, options.output))
    ways = tuple(_TEXT if ending == _SHORT else ending for ending in endings)
    if ways not in _CONVERSIONS:
        raise NeuralError(f"{options.file} to {options.output} is no conversion; known are {_known()}.")
    if ways[1] != ".onnx":
        _refuse(options, ("seed", "weights"), f"{ways[1]} holds no weights")
    if ways[0] != _TEXT:
        unread = ("network", "auto_flatten_output", "allow_lambda")
        _refuse(options, unread, f"{ways[0]} holds one network, which is read as it is")
    out = Path(options.output)
    require_free(out, "neural" if ways[1] == _TEXT else "", options)
    network = _CONVERSIONS[ways](options, out).network
    print(f"{options.output}: {network.name}, {network.count_parameters():,} parameters")
    return 0


def _refuse(options: argparse.Namespace, names: tuple[str, ...], why: str) -> None:
    """Raise NeuralError for an option that would do nothing."""
    for name in names:
        if getattr(options, name) not in (None, False):
            raise NeuralError(f"--{name.replace('_', '-')} does nothing here: {why}; leave it out.")


def _to_onnx(options: argparse.Namespace, out: Path) -> Checked:
    _, checked = chosen(options)
    _require("onnx", "onnx", "onnxruntime")
    from swapbench_models.neural.backends.onnx import save
    from swapbench_models.neural.weights import initial_weights, load_weights

    network = checked.network.with_head()
    if options.weights:
        weights = load_weights(Path(options.weights), network)
    else:
        weights = initial_weights(network, options.seed or 0)
    save(network, weights, out)
    return checked


def _to_keras(options: argparse.Namespace, out: Path) -> Checked:
    _, checked = chosen(options)
    _require("tensorflow", "keras")
    from swapbench_models.neural.backends.keras_start import start

    if "KERAS_BACKEND" not in os.environ:  # what Keras writes is the same whatever it computes with
        os.environ["KERAS_BACKEND"] = "tensorflow" if importlib.util.find_spec("tensorflow") else "jax"
    start()
    from swapbench_models.neural.keras_configuration.configuration import configuration

    write(out, configuration(checked.network).encode())
    return checked


def _from_keras(options: argparse.Namespace, out: Path) -> Checked:
    from swapbench_models.neural.keras_configuration.file import read
    from swapbench_models.neural.keras_configuration.text import text

    written = text(read(options.file), options.file)
    (checked,) = check(Source(written, options.output))
    write(out, seal(written.encode(), "neural"))
    return checked


def _require(extra: str, *libraries: str) -> None:
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            raise NeuralError(f'{library} is not installed; pip install "swapbench[{extra}]" brings it.')


_CONVERSIONS: Mapping[tuple[str, ...], Callable[[argparse.Namespace, Path], Checked]] = {
    (_TEXT, ".onnx"): _to_onnx,
    (_TEXT, ".json"): _to_keras,
    (".json", _TEXT): _from_keras,
    (".keras", _TEXT): _from_keras,
}


def _known() -> str:
    return f"{', '.join(f'{before} to {after}' for before, after in _CONVERSIONS)} ({_SHORT} is {_TEXT} too)"
