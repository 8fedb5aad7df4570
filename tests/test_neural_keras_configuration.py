"""Configurations of Keras as texts: the graph is the same, and what the language cannot say is told. No Keras here."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from keras_configurations import (
    arranged,
    drawn,
    functional,
    input_,
    layer,
    network,
    of_configuration,
    sequential,
    taking,
)
from onnx_programs import program
from swapbench_models.neural.error import DataError
from swapbench_models.neural.generate.refusal import GenerationError
from swapbench_models.neural.keras_configuration.configuration import configuration
from swapbench_models.neural.keras_configuration.text import text
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.network.network import Network

DRAWS = 200

# Graphs


def of_network(of: Network) -> list[Any]:
    """Return the same of a network that was read from a configuration with these layers."""
    _, steps, outputs, _ = arranged(of)
    told = {"Merge": lambda each: each.kind.capitalize()}
    return [
        *outputs,
        *(
            ("InputLayer", [f"in {step[0]}"])
            if len(step) == 1
            else (told.get(type(step[0]).__name__, lambda each: type(each).__name__)(step[0]), list(step[1]))
            for step in steps
        ),
    ]


def test_the_graph_of_a_text_is_that_of_its_configuration_or_there_is_none() -> None:
    same = tangled = 0
    for seed in range(DRAWS):
        layers, ends = drawn(random.Random(seed))  # noqa: S311  # a draw that can be repeated
        try:
            written = text(functional(layers, *ends), "drawn.json")
        except DataError as error:
            tangled += "no nesting of branches" in str(error)
        else:
            same += of_network(network(written)) == of_configuration(layers, ends)
    assert same + tangled == DRAWS
    assert min(same, tangled) > DRAWS // 3


# Refusals


def told(model: Any) -> list[str]:
    """Return the reasons with which a configuration is refused, and the beginning of the sentence."""
    with pytest.raises(DataError) as error:
        text(model, "model.json")
    return str(error.value).splitlines()


def test_everything_that_the_language_cannot_say_is_told_at_once() -> None:
    regularizer = {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01}}
    half = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}
    adam = {"module": "keras.optimizers", "class_name": "Adam", "config": {"name": "adam", "clipnorm": 1.0}}
    model = sequential(
        layer("Dense", "first", units=4, kernel_regularizer=regularizer, bias_regularizer=None),
        layer("Dense", "second", units=4, activation="celu", trainable=False, dtype=half),
        layer("Conv1D", "third", filters=2, kernel_size=[3], padding="causal", groups=0),
        layer("BatchNormalization", "fourth", axis=1, moving_mean_initializer={"class_name": "Ones", "config": {}}),
        layer("GRU", "fifth", units=2, reset_after=False, go_backwards=True, return_sequences=True),
        layer("Bidirectional", "sixth", layer=layer("LSTM", "inner", units=2, stateful=True), merge_mode=None),
        layer("Attention", "seventh"),
        layer("Dense", "eighth", module="mine", units=4),
        layer("Lambda", "ninth", function="x"),
        layer("LeakyReLU", "tenth", negative_slope=0.3),
        layer("Dense", "line\nbreak"),
        shape=(8, 3),
        compile_config={"optimizer": adam, "loss": "hinge", "metrics": [["accuracy"]], "loss_weights": [1, 2]},
    )
    assert told(model) == [
        "model.json: is not in the language, which cannot say all of it:",
        "  first (Dense): kernel_regularizer is L2(l2=0.01), which the language cannot say",
        "  second (Dense): trainable is false, which the language cannot say",
        '  second (Dense): dtype is DTypePolicy(name="mixed_float16"), which the language cannot say',
        (
            "  second (Dense): activation must be one of relu, sigmoid, tanh, softmax, softplus, softsign, selu, elu, "
            "exponential, linear, gelu, swish, leaky_relu, relu6, hard_sigmoid, mish, log_softmax, "
            'found "celu"; did you mean elu?'
        ),
        '  third (Conv1D): padding must be valid or same, found "causal"',
        "  third (Conv1D): groups must be a positive integer, found 0",
        "  fourth (BatchNormalization): axis is 1, and the language normalizes along the last alone",
        "  fourth (BatchNormalization): moving_mean_initializer is Ones(), which the language cannot say",
        "  fifth (GRU): go_backwards leaves the steps in reverse, and in the language they are in order",
        "  fifth (GRU): reset_after is false, which the language cannot say",
        "  sixth (Bidirectional): stateful is true, which the language cannot say",
        "  sixth (Bidirectional): merge_mode must be concat or sum or mul or ave, found null",
        "  seventh (Attention): there is no such layer in the language",
        "  eighth (Dense): there is no such layer in the language",
        "  ninth (Lambda): is code, which a configuration is never asked for",
        "  tenth (LeakyReLU): has negative_slope=0.3, and the language has negative_slope=0.2",
        r"  line\nbreak (Dense): has no units",
        (
            '  compile(), loss: is "hinge", and the language has mse, mae, huber, cross_entropy, binary_cross_entropy, '
            "categorical_cross_entropy, sparse_categorical_cross_entropy"
        ),
        (
            "  compile(), optimizer: clipnorm clips each weight by itself, and the language all of them together "
            "(global_clipnorm)"
        ),
        '  compile(), metrics: is ["accuracy"]; expected one for all outputs',
        "  compile(), loss_weights: is [1, 2], which the language cannot say",
    ]


def test_a_layer_that_is_used_on_what_it_has_left_is_shared_and_no_circle() -> None:
    again = taking(layer("Dense", "again", units=4), "x")
    again["inbound_nodes"] += taking(layer("Dense", "again"), "between")["inbound_nodes"]
    between = taking(layer("Activation", "between", activation="relu"), "again")
    assert told(functional([input_("x", 4), again, between], "again"))[1:] == [
        "  again (Dense): is used 2 times, and the language has no layer that is shared: each has weights of its own",
    ]


def test_a_graph_that_the_language_cannot_say_is_refused() -> None:
    dense = [taking(layer("Dense", name, units=4), "x") for name in ("shared", "alone", "lost")]
    dense[0]["inbound_nodes"] *= 2
    asked = taking(layer("Dropout", "drop", rate=0.5), "alone", training=True)
    joined = taking(layer("Concatenate", "join", axis=0), "shared", "drop")
    added = taking(layer("Add", "sum", module="keras.src.ops.numpy"), "join")
    added["inbound_nodes"][0]["args"].append(1.5)
    batched = input_("x", 4)
    batched["config"]["batch_shape"] = [32, 4]
    assert told(functional([batched, input_("y", 4), *dense, asked, joined, added], "sum"))[1:] == [
        "  shared (Dense): is used 2 times, and the language has no layer that is shared: each has weights of its own",
        "  lost (Dense): leads to no output",
        (
            "  x (InputLayer): batch_shape is [32, 4], and in the language batches have any size and examples an axis "
            "or more"
        ),
        "  y (InputLayer): is taken by no layer, as no input of the language is",
        "  drop (Dropout): is called with training=true, which the language cannot say",
        "  join (Concatenate): axis is 0, which joins along the batch; examples of the language do not meet",
        "  sum (Add): is given 1.5, and the language has values of layers alone",
        "  sum (Add): takes 1 value, as no Add of the language does",
    ]


def test_what_is_added_is_the_encoding_of_positions_where_it_is_one_for_every_step() -> None:
    def added(rows: list[list[float]]) -> Any:
        made = taking(layer("Add", "sum", module="keras.src.ops.numpy"), "x")
        values = made["inbound_nodes"][0]["args"]
        values[0]["config"]["shape"] = [None, 2, 3]
        values.append({"class_name": "__numpy__", "config": {"value": rows, "dtype": "float32"}})
        return functional([input_("x", 2, 3), made], "sum")

    first, second = [0.0, 1.0, 0.0], [0.84147096, 0.5403023, 0.00215443]
    assert "PositionalEncoding()" in text(added([first, second]), "model.json")
    for rows in ([first], [first, first], [first, second, second]):
        assert told(added(rows))[1].startswith("  sum (Add): is given __numpy__(value=[[0, 1, 0]")


JUNK = (
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    "",
    "relu",
    "a\n}",
    "\ud800",
    [],
    [[1], [2]],
    {},
    {"class_name": "L2", "config": {}},
)


def spoilt(model: Any, chance: random.Random) -> Any:
    """Return a configuration in which something stands for something else, or is missing."""
    places = list(inside(spoiled := json.loads(json.dumps(model))))
    holder, key = chance.choice(places)
    if chance.random() < 0.3:
        del holder[key]
    else:
        holder[key] = chance.choice(JUNK)
    return spoiled


def inside(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in some JSON: what it is in, and its key there."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(each, dict | list):
            yield from inside(each)


def test_what_is_spoilt_is_a_text_or_a_sentence() -> None:
    rate = layer("CosineDecay", "rate", initial_learning_rate=0.1, decay_steps=10, warmup_steps=0)
    adam = layer("Adam", "adam", learning_rate=rate, beta_1=0.8)
    huber = layer("Huber", "huber", reduction="sum")
    layers = [
        *(input_("a", 6, 4), input_("b", 5, dtype="int32")),
        taking(layer("Bidirectional", "c", layer=layer("LSTM", "l", units=2), merge_mode="sum"), "a"),
        taking(layer("Embedding", "d", input_dim=9, output_dim=2), "b"),
        taking(layer("MultiHeadAttention", "e", num_heads=2, key_dim=3, attention_axes=[1]), "d", "d"),
        taking(layer("GlobalMaxPooling1D", "f"), "e"),
        taking(layer("Concatenate", "g", axis=-1), "c", "f"),
    ]
    layers[4]["build_config"] = {"shapes_dict": {"query_shape": [None, 5, 2]}}
    model = functional(layers, "g", compile_config={"optimizer": adam, "loss": huber, "metrics": ["accuracy"]})
    assert "MultiHeadAttention(num_heads=2, key_dim=3)" in text(model, "model.json")
    texts = sentences = 0
    for seed in range(DRAWS):
        try:
            written = text(spoilt(model, random.Random(seed)), "model.json")  # noqa: S311  # it can be repeated
        except DataError as error:
            sentences += all(line.isprintable() for line in str(error).splitlines())
        else:
            texts += bool(network(written))
    assert texts + sentences == DRAWS
    assert min(texts, sentences) > DRAWS // 10


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ([], "expected an object for the whole, found []"),
        ({"class_name": "Sequential", "config": {"name": "m"}}, "expected a Sequential or Functional model as Keras 3"),
        (functional([input_("x", 4), layer("Dense", "d", units=1)], "d"), "expected a list for calls of d, found null"),
        (functional([input_("x", 4)], "y"), 'there is no layer "y", whose value is taken'),
        (functional([input_("x", 4), *[taking(layer("Dense", "d", units=1), "x")] * 2], "d"), "have the same name"),
        (functional([input_("x", 4), taking(layer("Dense", "d", units=1), "d")], "d"), "round in a circle"),
        (functional([input_("x", 4)] * 2049, "x"), "it has 2,049 layers, and a network at most 2,048"),
        (
            sequential(input_("y", 8), layer("Dense", "d", units=1)),
            "have one input; expected an InputLayer before",
        ),
        (sequential(layer("Flatten", "f"), layer("Conv2D", "c", filters=1, kernel_size=3)), "takes (height, width"),
        (sequential(layer("Activation", "a", activation={"class_name": "X"})), "activation is {"),
    ],
)
def test_what_is_no_model_is_told_in_a_sentence(model: Any, sentence: str) -> None:
    assert sentence in "\n".join(told(model))


def test_what_no_configuration_holds_is_refused_before_keras_is_imported() -> None:
    written = program(
        "(3, None, 4)", "TimeDistributed(LSTM(2, return_sequences=true)) Dense(2) @ 'cpu' Lambda('x') Attention()"
    )
    with pytest.raises(GenerationError) as error:
        configuration(network(written, Options(allow_code=True)))
    assert str(error.value).splitlines() == [
        "T cannot be generated for a configuration of Keras:",
        "  layer 6, Attention: Attention has no meaning that anyone has defined",
        "  layer 1, TimeDistributed: steps of unknown length: Keras has no layer of its own for them",
        "  layer 4, Dense: device cpu: a configuration of Keras names no device",
        "  layer 5, Lambda: code: Keras writes it as bytecode, and reads none that it does not trust",
    ]
