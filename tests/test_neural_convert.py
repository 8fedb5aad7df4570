"""The command `convert`: networks as ONNX and as configurations of Keras, and configurations of Keras as texts.

The libraries are in a process of their own.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keras_configurations import arranged, layer, network, sequential
from library_process import Ask, process
from onnx_programs import PROGRAMS, program
from swapbench_models.neural import networks
from swapbench_models.neural.command.main import main
from swapbench_models.neural.keras_configuration.file import LARGEST
from swapbench_models.neural.keras_configuration.text import text
from swapbench_models.neural.network.layer import Layer

NETWORKS = ("cnn", "deep_mlp", "logistic_regression", "recurrent", "simple_mlp", "transformer")
# What Keras has other layers for than the language, several of them, or none that can be written.
OTHERWISE = {"adaptive pool", "instance norm", "attention", "each step", "each step of any length"}
TEXTS = {
    **{name: networks.text(name).text for name in NETWORKS},
    **{name: program(*each) for name, each in PROGRAMS.items() if name not in OTHERWISE},
    "decoder of another": program("{ a: (6, 4) b: (5, 3) }", "a: { Dense(4) } b: { } TransformerDecoder(2, 5)"),
    "Dot of rows": program("(5, 3)", "a: { Dense(4) } b: { Dense(4) } Dot(axes=1)"),
}
ARTEFACTS = {
    "softmax": program("(9, 8, 1)", "Conv2D(3, 2, activation='relu') MaxPooling2D(2) Flatten() Output(4, 'softmax')"),
    "sigmoid": program("(5, 3)", "GRU(4, return_sequences=true) LSTM(3) Output(1, 'sigmoid')"),
    "no head": program(
        "{ a: (4,) b: (4,) }", "a: { Dense(3, 'relu') } b: { Dense(3) } Add() c: { Dense(2, 'softmax') } d: { }"
    ),
}


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Call a function of `convert_child` in a process that may import the libraries, which takes it long."""
    with process("keras", "tensorflow", "torch", "onnx", "onnxruntime", KERAS_BACKEND="tensorflow") as ask:
        yield lambda function, *arguments: ask(f"convert_child:{function}", *arguments)


@pytest.fixture(scope="module")
def theirs(ask: Ask) -> dict[str, Any]:
    """Return models that Keras made: each as text, what it makes of a batch, and what the text's network does."""
    found: dict[str, Any] = ask("theirs")
    return found


def kinds(of: type[Layer] = Layer) -> set[str]:
    """Return the names of all primitive layers."""
    names = {kind.__name__ for kind in of.__subclasses__() if not kind.__name__.startswith("_")}
    return names.union(*map(kinds, of.__subclasses__()))


# Round trips


def test_every_primitive_layer_that_keras_has_by_itself_is_in_these_texts() -> None:
    found = {type(step.layer).__name__ for each in TEXTS.values() for step in network(each).steps}
    assert found == kinds() - {"Code", "Meaningless", "EachStep", "Joined", "AdaptivePool"}


@pytest.mark.long
def test_what_keras_writes_of_a_text_is_the_same_network_as_text(ask: Ask) -> None:
    for name, written in ask("configurations", TEXTS).items():
        assert arranged(network(text(json.loads(written), name))) == arranged(network(TEXTS[name])), name


@pytest.mark.long
def test_what_keras_makes_is_a_text_that_computes_the_same(theirs: dict[str, Any]) -> None:
    for name, (written, expected, found) in theirs.items():
        assert written.startswith(f"network {name} {{\n")
        for one, other in zip(expected, found, strict=True):
            assert other == pytest.approx(one, rel=1e-5, abs=1e-5), name


@pytest.mark.long
def test_a_model_of_keras_is_a_text_that_people_read(theirs: dict[str, Any]) -> None:
    assert (
        theirs["residual"][0]
        == """network residual {
  input: (8,)
  layers:
    Residual() {
      Dense(units=8, activation="relu")
      Dense(units=8)
    }
    LayerNormalization()
    branch_1: {
      Dense(units=4)
    }
    branch_2: {
      Dense(units=4, activation="sigmoid")
    }
    Multiply()
    Activation(activation="softmax")
}
"""
    )
    rate = "ExponentialDecay(initial_learning_rate=0.01, decay_steps=100, decay_rate=0.9)"
    assert theirs["picture"][0].splitlines()[-5:-1] == [
        '    Dense(units=3, activation="softmax")',
        '  loss: "sparse_categorical_crossentropy"',
        f"  optimizer: Adam(learning_rate={rate}, clipnorm=1.0)",
        '  metrics: ["accuracy"]',
    ]


@pytest.mark.long
def test_what_keras_saves_of_layers_that_read_from_both_ends_is_read(ask: Ask) -> None:
    """In an archive each initializer has a number of its own, which says nothing of it."""
    for name, written in ask("saved").items():
        kind, every = name.split(", ")
        more = ", return_sequences=true" if every == "True" else ""
        assert f"Bidirectional(layer={kind}(units=3{more}))" in written


@pytest.mark.long
@pytest.mark.parametrize("name", ARTEFACTS)
def test_what_is_written_for_others_computes_what_the_text_says_head_and_all(
    name: str, ask: Ask, tmp_path: Path
) -> None:
    found = ask("artefacts", ARTEFACTS[name], tmp_path)
    for ours, theirs in (("onnx", "torch"), ("keras", "torch"), ("onnx, seed 3", "torch, seed 3")):
        for one, other in zip(found[ours], found[theirs], strict=True):
            assert one == pytest.approx(other, rel=1e-5, abs=1e-5)
    if name == "softmax":
        assert found["onnx"][0].sum(axis=1) == pytest.approx(1)


# The command


def failed(*arguments: str | Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["convert", *map(str, arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(sequential(layer("Dense", "d", units=2))))
    return file


def test_a_configuration_is_read_from_json_and_from_an_archive(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = model.with_suffix(".keras")
    with zipfile.ZipFile(archive, "w") as file:
        file.write(model, "config.json")
        file.writestr("model.weights.h5", "never read")
    for source in (model, archive):
        assert main(["convert", str(source), "-o", str(model.with_name("net.nr"))]) == 0
        capsys.readouterr()
        assert main(["convert", str(source), "-o", str(model.with_name("net.neural"))]) == 0
        assert capsys.readouterr().out == f"{model.with_name('net.neural')}: Made, 18 parameters\n"
        assert "Dense(units=2)" in model.with_name("net.neural").read_text()
    assert {file.name for file in model.parent.iterdir()} == {"model.json", "model.keras", "net.neural", "net.nr"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is no JSON (Expecting property name"),
        (b"\xff\xfe{}", "is no JSON ('utf-8' codec"),
        (b"[NaN]", "is no JSON (NaN is no finite number)"),
        (b"[1e999]", "is no JSON (1e999 is no finite number)"),
        (b"[" + b"9" * 5000 + b"]", "is no JSON (Exceeds the limit"),
        (b"[" * 100_000, "holds JSON that is nested deeper"),
        (b" " * (LARGEST + 1), "has a configuration of more than 16,777,216 bytes"),
    ],
    ids=["cut", "bytes", "not a number", "infinite", "long", "deep", "large"],
)
def test_what_is_no_json_is_refused(
    content: bytes, sentence: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, archive = model.with_name("net.neural"), model.with_suffix(".keras")
    out.write_text("what was there")
    model.write_bytes(content)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(model, "config.json")
    for source in (model, archive):
        assert failed(source, "-o", out, "--force", capsys=capsys).startswith(f"{source}: {sentence}")
    assert out.read_text() == "what was there"


def test_what_is_no_archive_is_refused(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, out = model.with_suffix(".keras"), model.with_name("net.neural")
    archive.write_bytes(b"PK")
    assert "is no archive of Keras (File is not a zip file)" in failed(archive, "-o", out, capsys=capsys)
    for name, packed, sentence in (
        ("weights.h5", zipfile.ZIP_STORED, "is an archive without config.json"),
        ("config.json", zipfile.ZIP_LZMA, "is no archive of Keras (config.json is packed as Keras never does)"),
    ):
        with zipfile.ZipFile(archive, "w", packed) as file:
            file.writestr(name, "{}")
        assert sentence in failed(archive, "-o", out, capsys=capsys)
    assert "cannot be read (No such file" in failed(out.with_suffix(".keras"), "-o", out, capsys=capsys)


def test_layers_in_layers_without_end_are_refused(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = layer("Dense", "d", units=2)
    for _ in range(280):
        inner = layer("TimeDistributed", "t", layer=inner)
    model.write_text(json.dumps(sequential(inner)))
    line = failed(model, "-o", model.with_name("net.neural"), capsys=capsys)
    assert "nested" in line or "deeper than any network" in line


def test_what_is_converted_is_said_by_the_endings(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, net = model.with_name("net.onnx"), model.with_name("net.neural")
    net.write_text(program("(3,)", "Dense(2)"))
    known = ".neural to .onnx, .neural to .json, .json to .neural, .keras to .neural (.nr is .neural too)"
    assert failed(model, "-o", out, capsys=capsys) == f"{model} to {out} is no conversion; known are {known}."
    refused = {
        (net, "-o", model, "--seed", "1"): "--seed does nothing here: .json holds no weights; leave it out.",
        (
            model,
            "-o",
            net,
            "--weights",
            "w.npz",
        ): "--weights does nothing here: .neural holds no weights; leave it out.",
        (model, "-o", net, "--allow-lambda"): "--allow-lambda does nothing here: .json holds one network, which is "
        "read as it is; leave it out.",
    }
    for arguments, sentence in refused.items():
        assert failed(*arguments, capsys=capsys) == sentence
    nowhere = model.parent / "nowhere" / "net.neural"
    assert failed(model, "-o", nowhere, capsys=capsys) == f"{nowhere}: cannot be written (No such file or directory)."
