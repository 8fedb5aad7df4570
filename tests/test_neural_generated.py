"""Generated networks: every layer of the language with every backend, against Keras in TensorFlow.

Each backend runs in a process of its own (neural_generated.py); the numbers come back in files.
"""

import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural_draws import MANY, Program, programs, trained
from neural_generated import SLOW
from neural_table import TABLE
from swapbench_models.neural.arrays import load_arrays
from swapbench_models.neural.generate.generate import WRITERS, generate
from swapbench_models.neural.generate.refusal import GenerationError
from swapbench_models.neural.language.fault import LanguageError
from swapbench_models.neural.language.parser import parse
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Branch, Call, Layer, Name
from swapbench_models.neural.language.tree import Network as NetworkItem
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.meaning.kinds.kinds import KINDS, kind_of

CHILD = Path(__file__).with_name("neural_generated.py")
PATIENCE_S = 600
TOLERANCE = 1e-5
# By backend, what has to be installed for it. A row here, one in neural_generated.BACKENDS and one in REFUSED add one.
LIBRARIES = {"tensorflow": ("tensorflow", "keras"), "torch": ("torch",), "jax": ("jax", "keras")}

_EVERYWHERE = {
    "Embedding masked": "mask_zero",
    "Lambda of nothing": "function",
    **dict.fromkeys(("TransformerEncoder masked", "TransformerDecoder masked", "Transformer masked"), "use_attention"),
}
_KERAS = {
    **_EVERYWHERE,
    **dict.fromkeys((f"Conv{axes}D moved and apart" for axes in (1, 2, 3)), "strides and dilation_rate"),
    "MultiHeadAttention of one feature": "key_dim 1: Keras computes something else",
    "MultiHeadAttention causal of any lengths": "Keras puts the places of several axes in a row",
    "On another device": "device xla:0",
    "On any other device": "device XLA",
}
# What each backend refuses, by template, with the beginning of the reason; nothing else.
REFUSED: Mapping[str, Mapping[str, str]] = {
    "tensorflow": _KERAS,
    "jax": {**_KERAS, "MultiHeadAttention": "value_dim", "On devices": "device cpu: JAX computes"},
    "torch": {
        **_EVERYWHERE,
        **{f"{kind} recurrent_dropout": "recurrent_dropout" for kind in ("SimpleRNN", "LSTM", "GRU")},
        **{f"{kind} relu": "activation relu" for kind in ("LSTM", "GRU", "LSTMCell", "GRUCell")},
        "Of any size, padded": "padding same",
        "On another device": "device xla:0",
        "On any other device": "device XLA",
    },
}

# JAX compiles all that it computes, which takes longer than the others together.
_SLOWEST = {"jax": pytest.mark.long}
each_backend = pytest.mark.parametrize("backend", [pytest.param(b, marks=_SLOWEST.get(b, ())) for b in LIBRARIES])
each_other = pytest.mark.parametrize("backend", ["torch", pytest.param("jax", marks=pytest.mark.long)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder with the backends' files."""
    base = tmp_path_factory.getbasetemp()
    found = (base if worker_id == "master" else base.parent) / "generated"
    found.mkdir(exist_ok=True)
    return found


def _run(backend: str, folder: Path) -> None:
    """Start a backend's process and wait for its end; of several workers one does, and the others wait for it."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1"}
    quick = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}  # compiling takes longer here than all that is computed
    # With AVX-512, oneDNN gives torch and TensorFlow alike what was in memory before for some convolutions of one
    # channel that leave a width of 1.
    right = {"ONEDNN_MAX_CPU_ISA": "AVX2"}
    nothing = folder / f"{backend}_nothing"
    with (folder / f"{backend}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if nothing.exists():
            return
        nothing.mkdir()
        environment = {**os.environ, **one, **quiet, **quick, **right, "KERAS_BACKEND": backend}
        with (folder / f"{backend}.out").open("w") as out, (folder / f"{backend}.err").open("w") as errors:
            command = [sys.executable, CHILD, backend, folder]
            subprocess.run(
                command, env=environment, stdout=out, stderr=errors, cwd=nothing, check=False, timeout=PATIENCE_S
            )


def _missing(backend: str) -> list[str]:
    return [library for library in LIBRARIES[backend] if importlib.util.find_spec(library) is None]


def told(backend: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Return what a backend's process told of each program."""
    if missing := _missing(backend):
        pytest.skip(f"{backend}: {' and '.join(missing)} not installed")
    _run(backend, folder)
    return _read(folder / f"{backend}.npz", (folder / f"{backend}.err").read_text())


@cache
def _read(file: Path, errors: str) -> dict[str, dict[str, Any]]:
    assert file.is_file(), errors
    found: dict[str, dict[str, Any]] = {}
    for name, array in load_arrays(file).items():
        program, what = name.split(": ", 1)
        found.setdefault(program, {})[what] = array
    return found


@cache
def _drawn() -> tuple[Program, ...]:
    return tuple(programs())


def _computed(backend: str, folder: Path) -> Iterator[tuple[Program, dict[str, Any]]]:
    """Yield the programs that a backend computed, with what it told of them."""
    found = told(backend, folder)
    yield from ((program, found[program.name]) for program in _drawn() if "output 0" in found.get(program.name, {}))


@each_backend
def test_nothing_fails(backend: str, folder: Path) -> None:
    found = told(backend, folder)
    assert {name: str(each["error"]) for name, each in found.items() if "error" in each} == {}
    drawn = {program.name for program in _drawn() if program.name in found}
    assert drawn == {program.name for program in _drawn() if program.rare or backend not in SLOW}
    assert {name.rpartition(" ")[0] for name in drawn} == set(TABLE) or (backend in SLOW and not MANY)


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.skipif(MANY, reason="is what this test starts")
def test_all_of_this_holds_of_many_draws() -> None:
    environment = {**os.environ, "NEURAL_MANY_DRAWS": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@each_backend
def test_importing_a_generated_module_writes_and_prints_nothing(backend: str, folder: Path) -> None:
    told(backend, folder)
    assert (folder / f"{backend}.out").read_text() == ""
    assert list((folder / f"{backend}_nothing").iterdir()) == []
    assert {file.suffix for file in (folder / backend).iterdir()} == {".py"}


@each_backend
def test_weights_come_back_as_they_were_given(backend: str, folder: Path) -> None:
    for program, found in _computed(backend, folder):
        given = program.weights(program.network())
        assert sum(what.startswith("weight") for what in found) == len(given), program
        for number, array in enumerate(given):
            assert np.array_equal(found[f"weight {number}"], array), program


@each_backend
def test_as_many_parameters_are_trained_as_the_network_counts(backend: str, folder: Path) -> None:
    for program, found in _computed(backend, folder):
        assert found["parameters"] == program.network().count_parameters(), program


@each_backend
def test_outputs_have_the_shapes_that_the_network_tells(backend: str, folder: Path) -> None:
    for program, found in _computed(backend, folder):
        network = program.network()
        for number, value in enumerate(network.outputs):
            expected, (_, *shape) = network.shape(value) or (), found[f"output {number}"].shape
            assert len(shape) == len(expected), program
            assert all(length in {None, size} for length, size in zip(expected, shape, strict=True)), program


@each_other
def test_a_backend_computes_what_tensorflow_does(backend: str, folder: Path) -> None:
    expected = told("tensorflow", folder)
    differing = {}
    compared = 0
    for program, found in _computed(backend, folder):
        for number in range(len(program.network().outputs)):
            known = expected.get(program.name, {}).get(f"output {number}")
            if known is not None:
                compared += 1
                if not np.allclose(found[f"output {number}"], known, TOLERANCE, TOLERANCE):
                    differing[program.name] = float(np.abs(found[f"output {number}"] - known).max())
    assert differing == {}
    tried = len(TABLE) if MANY else len(TABLE) // 5
    assert compared > tried - len(REFUSED[backend]) - len(REFUSED["tensorflow"])


@each_other
def test_a_backend_learns_as_tensorflow_does(backend: str, folder: Path) -> None:
    found, expected = told(backend, folder), told("tensorflow", folder)
    for program in trained():
        network = program.network()
        before = program.weights(network)
        for number, (_, weight) in enumerate(network.weights()):
            known = expected[program.name][f"trained weight {number}"]
            # torch has the moving variance of a sample, not of the batch: that is n / (n - 1) of Keras' part.
            tolerance = 1e-3 if weight.name == "moving_variance" and backend == "torch" else 1e-4
            assert np.abs(found[program.name][f"trained weight {number}"] - known).max() < tolerance, (program, weight)
            assert np.abs(known - before[number]).max() > 1e-3, (program, weight)


@pytest.mark.parametrize("backend", REFUSED)
def test_a_backend_refuses_what_is_listed_and_nothing_else(backend: str) -> None:
    refused: dict[str, str] = {}
    for program in _drawn():
        try:
            generate(program.network(), backend)
        except GenerationError as error:
            (reason, *_) = [reason for _, reason in error.refused]
            refused[program.name.rpartition(" ")[0]] = reason
    assert refused.keys() == REFUSED[backend].keys()
    for name, reason in refused.items():
        assert reason.startswith(REFUSED[backend][name]), name


@pytest.mark.parametrize("backend", REFUSED)
def test_sources_are_formatted_and_clean(backend: str, tmp_path: Path) -> None:
    for number, program in enumerate(_drawn()):
        if program.name.rpartition(" ")[0] not in REFUSED[backend]:
            (tmp_path / f"network_{number}.py").write_text(generate(program.network(), backend))
    ruff = (sys.executable, "-m", "ruff")
    options = ("--isolated", "--no-cache", "--line-length", "120", tmp_path)
    formatted = subprocess.run([*ruff, "format", "--diff", *options], capture_output=True, text=True, check=False)
    assert formatted.returncode == 0, formatted.stdout + formatted.stderr
    clean = [*ruff, "check", "--select", "E,F,I,W", *options]
    checked = subprocess.run(clean, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_layer_and_every_option_is_drawn() -> None:
    used = {name: set[str]() for name in KINDS}
    for program in _drawn():
        for layer in _layers(program.text):
            if kind := kind_of(layer.name):
                used[kind.signature.name] |= _options(layer)
    missing = {
        f"{name} {parameter.name}"
        for name, kind in KINDS.items()
        for parameter in kind.signature.parameters
        if parameter.name not in used[name] | _of_twins(name, used) and parameter.name != "data_format"
    }
    assert missing == set()


def _options(layer: Layer | Call) -> set[str]:
    """Return the parameters that are given something else than their default."""
    kind = kind_of(layer.name)
    assert kind is not None
    parameters = kind.signature.parameters
    named = {alias: each.name for each in parameters for alias in (each.name, *each.aliases)}
    defaults = {each.name: each.default for each in parameters}
    found = set()
    for position, argument in enumerate(layer.arguments):
        name = parameters[position].name if argument.name is None else named[argument.name]
        value = argument.value.text if isinstance(argument.value, Name) else argument.value
        if value != defaults[name]:
            found.add(name)
    return found


def _layers(text: str) -> Iterator[Layer | Call]:
    """Yield all layers of a text, and those in the arguments of others."""
    waiting: list[Layer | Branch] = []
    for item in parse(Source(text)).items:
        assert isinstance(item, NetworkItem)
        waiting.extend(item.layers)
    while waiting:
        each = waiting.pop()
        waiting.extend(each.body or ())
        if isinstance(each, Layer):
            yield each
            yield from (argument.value for argument in each.arguments if isinstance(argument.value, Call))


def _of_twins(name: str, used: Mapping[str, set[str]]) -> set[str]:
    """Return the options that are drawn for layers that are the same one under another name, if this one is drawn."""
    kind = KINDS[name]
    twins = (
        other
        for other in KINDS
        if KINDS[other].signature.parameters == kind.signature.parameters and _maker(other) == _maker(name)
    )
    return set().union(*(used[twin] for twin in twins)) if name in _names() else set()


def _maker(name: str) -> object:
    make = KINDS[name].make
    return (make.func, make.args) if hasattr(make, "func") else make


@cache
def _names() -> set[str]:
    found = (kind_of(layer.name) for program in _drawn() for layer in _layers(program.text))
    return {kind.signature.name for kind in found if kind is not None}


def test_no_layer_is_missing() -> None:
    assert set(KINDS) - _names() == set()


def test_every_backend_that_is_generated_for_is_tested() -> None:
    assert set(WRITERS) - set(REFUSED) == {"onnx"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input: { a: (4), a: (3) } layers: Dense(1)", "there is an input a already"),
        (
            "input: { a: (4), b: (4) } layers: Add() b: { Dense(1) }",
            "layer 1, Add, leaves what nothing after it takes; join it, or leave it out",
        ),
        (
            "input: (3, 4) layers: TimeDistributed() { a: { Dense(2) } b: { Dense(3) } }",
            "layer 4, TimeDistributed, leaves one value of each step, found 2; join them in its braces",
        ),
    ],
)
def test_what_would_be_lost_without_a_word_is_a_fault(text: str, message: str) -> None:
    with pytest.raises(LanguageError) as raised:
        check(Source(f"network A {{ {text} }}"))
    assert [fault.message for fault in raised.value.faults] == [message]
