"""Networks as graphs of ONNX: what is written for them, and that onnxruntime computes what torch does.

Both libraries are in a process of their own.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import require
from library_process import Ask
from onnx_programs import PROGRAMS, program
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.refusal import GenerationError
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.network.layer import Layer
from swapbench_models.neural.network.network import Network

WHOLE = '''"""Network Small as a graph of ONNX; `build_model()` returns it with the weights that it is given."""

import numpy as np
from onnx import ModelProto, TensorProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info
from onnx.numpy_helper import from_array

# Every weight by its name, laid out as the operators want it.
WEIGHTS: dict[str, tuple[int, ...]] = {
    "conv_1.kernel": (4, 1, 3, 2),
    "batch_norm_1.gamma": (4,),
    "batch_norm_1.beta": (4,),
    "batch_norm_1.moving_mean": (4,),
    "batch_norm_1.moving_variance": (4,),
    "dense_1.kernel": (196, 3),
    "dense_1.bias": (3,),
}


def weights_of(layer: str) -> list[str]:
    """Return the names of a layer's weights."""
    return [name for name in WEIGHTS if name.startswith(f"{layer}.")]


def build_model(weights: dict[str, np.ndarray] | None = None) -> ModelProto:
    """Return the network with these weights, zeros where none are given.

    From (n, ...) of (9, 8, 1) to logits, whose softmax are probabilities.
    """
    nodes = [
        make_node("Transpose", ["input"], ["input.channels_first"], perm=[0, 3, 1, 2]),
        make_node("Conv", ["input.channels_first", "conv_1.kernel"], ["conv_1"]),
        make_node("BatchNormalization", ["conv_1", *weights_of("batch_norm_1")], ["batch_norm_1"], epsilon=0.001),
        make_node("Relu", ["batch_norm_1"], ["activation_1"]),
        make_node("Transpose", ["activation_1"], ["activation_1.channels_last"], perm=[0, 2, 3, 1]),
        make_node("Flatten", ["activation_1.channels_last"], ["flatten_1"], axis=1),
        make_node("Gemm", ["flatten_1", *weights_of("dense_1")], ["logits"]),
    ]
    inputs = [
        make_tensor_value_info("input", TensorProto.FLOAT, ["n", 9, 8, 1]),
    ]
    outputs = [
        make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3]),
    ]
    arrays = {name: np.zeros(shape, np.float32) for name, shape in WEIGHTS.items()} | (weights or {})
    if {name: array.shape for name, array in arrays.items()} != WEIGHTS:
        raise ValueError("weights must have the names and shapes of WEIGHTS")
    initializers = [from_array(np.asarray(array, np.float32), name) for name, array in arrays.items()]
    graph = make_graph(nodes, "Small", inputs, outputs, initializers)
    return make_model(graph, ir_version=10, opset_imports=[make_opsetid("", 21)])
'''


TEXTS = {name: program(*each) for name, each in PROGRAMS.items()}
SMALL = program(
    "(9, 8, 1)",
    "Conv2D(4, (3, 2), use_bias=false) BatchNormalization() Activation('relu') Dropout(0.5) Flatten() "
    "Output(3, 'softmax')",
    "Small",
)

every_program = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@pytest.fixture
def ask(torch: Ask) -> Ask:
    """Call a function of `onnx_child` where the libraries may be imported."""
    require("onnx")
    require("onnxruntime")
    return lambda function, *arguments: torch(f"onnx_child:{function}", *arguments)


def network(text: str, options: Options | None = None) -> Network:
    (checked,) = check(Source(text), options=options)
    return checked.network


def kinds(of: type[Layer] = Layer) -> set[str]:
    """Return the names of all primitive layers."""
    names = {kind.__name__ for kind in of.__subclasses__() if not kind.__name__.startswith("_")}
    return names.union(*map(kinds, of.__subclasses__()))


def refused(text: str, options: Options | None = None) -> list[str]:
    with pytest.raises(GenerationError) as error:
        generate(network(text, options), "onnx")
    assert len(error.value.refused) == str(error.value).count("\n")
    return str(error.value).splitlines()[1:]


def test_every_primitive_layer_is_in_these_programs() -> None:
    found = {type(step.layer).__name__ for text in TEXTS.values() for step in network(text).steps}
    assert found == kinds() - {"Code", "Meaningless"}


def test_the_source_of_a_network_has_one_line_an_operator() -> None:
    assert generate(network(SMALL), "onnx") == WHOLE


def test_every_source_is_formatted_and_imports_two_libraries_alone(tmp_path: Path) -> None:
    for number, text in enumerate((SMALL, *TEXTS.values())):
        source = generate(network(text), "onnx")
        imported = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert {ast.unparse(node).split()[1].partition(".")[0] for node in imported} == {"numpy", "onnx"}
        (tmp_path / f"network_{number}.py").write_text(source)
    for command in (("format", "--check"), ("check", "--select", "E,F,I,W")):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "--line-length", "120", tmp_path]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@every_program
def test_onnxruntime_computes_what_torch_computes(text: str, ask: Ask) -> None:
    for theirs, ours, alone in ask("outputs", text):
        assert (ours.dtype.name, ours.shape) == ("float32", theirs.shape)
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-5)
        assert alone == pytest.approx(theirs[:1], rel=1e-5, abs=1e-5)


@every_program
def test_models_are_sound_give_weights_back_and_take_any_number_of_examples(text: str, ask: Ask) -> None:
    same, lengths = ask("sound", text)
    assert same
    assert {*lengths} == {"n"}


def test_weights_are_zeros_where_none_are_given_and_others_are_refused(ask: Ask) -> None:
    assert ask("zeros", SMALL)
    sentence = "weights must have the names and shapes of WEIGHTS"
    assert ask("refusal", SMALL, {"dense_1.bias": (4,)}) == sentence
    assert ask("refusal", SMALL, {"dense_2.bias": (3,)}) == sentence
    assert ask("refusal", SMALL, {"dense_1.bias": (3,)}) == "they were taken"


def test_inputs_and_outputs_have_names_that_nothing_else_has(ask: Ask) -> None:
    assert ask("names", SMALL) == (["input"], ["logits"])
    assert ask("names", program("{ dense_1: (6,) output: (6,) }", "Add() Dense(3)")) == (
        ["dense_1_", "output"],
        ["output_"],
    )
    assert ask("names", program("(6,)", "a: { Dense(3) } b: { Dropout(0.1) }"))[1] == ["output_1", "output_2"]


def test_what_onnx_cannot_do_is_refused_all_at_once() -> None:
    text = program(
        "(None, None, None, 3)",
        "Conv2D(4, 3, 2, padding='same', dilation_rate=2) @ 'cuda:0' MaxPooling2D(2, 3, padding='same') "
        "Lambda('x * 2') Conv2D(4, 1, 2, padding='same') @ 'cpu'",
    )
    assert refused(text, Options(allow_code=True)) == [
        "  layer 1, Conv2D: device cuda:0: a graph of ONNX names no device, and is run on the processor",
        "  layer 1, Conv2D: padding same is padded by its input's length, which only the data know; give it",
        "  layer 2, MaxPooling2D: padding same is padded by its input's length, which only the data know; give it",
        "  layer 3, Lambda: code: a graph of ONNX has operators alone",
    ]
    assert refused(program("(20000,)", "Dense(20000) Dense(20000)")) == [
        "  layer 2, Dense: its weights and those before it have more than the 2 GiB that one model of ONNX holds",
    ]


def test_what_torch_cannot_do_with_a_recurrent_layer_onnx_can() -> None:
    source = generate(network(program("(6, 3)", "LSTM(4, 'relu', recurrent_dropout=0.5)")), "onnx")
    assert 'activations=["Sigmoid", "Relu", "Relu"]' in source


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, ask: Ask) -> None:
    file = tmp_path / "small.onnx"
    assert ask("saved", SMALL, file)
    before = file.read_bytes()
    assert ask("unsaved", program("(3,)", "Dense(2) @ 'cuda'"), file) == "GenerationError"
    assert ask("unsaved", SMALL, tmp_path / "nowhere" / "small.onnx") == "FamilyError"
    (tmp_path / "folder.onnx").mkdir()
    assert ask("unsaved", SMALL, tmp_path / "folder.onnx") == "FamilyError"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.onnx", "small.onnx"]
    assert file.read_bytes() == before
