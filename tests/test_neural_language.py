"""The network language: what is read, what is written back, and what is told of what is wrong."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_programs import of_all_kinds, programs, published, spoilt
from swapbench_models.neural import networks
from swapbench_models.neural.error import DataError
from swapbench_models.neural.language.fault import LanguageError
from swapbench_models.neural.language.parser import parse
from swapbench_models.neural.language.printer import show
from swapbench_models.neural.language.source import LARGEST, Source, read
from swapbench_models.neural.language.tree import Layer, Network, Program
from swapbench_models.neural.meaning.check import Checked, check, examine
from swapbench_models.neural.meaning.graph import Options

OURS = ("simple_mlp", "cnn", "deep_mlp", "logistic_regression", "transformer", "recurrent")
PATIENCE_S = 0.05
# Published files that are no networks, and why: the fault that each is told to have.
MALFORMED = {
    "v02__Lambda-sec_Models_MathLang_Newton.neural": [
        # The first None is the batch, so that one example has no steps.
        (4, "layer 1, TransformerEncoder, takes (steps, features), found (512,)"),
    ],
    "v02__examples_transformer.neural": [
        # An input of numbers with 512 features already, looked up as if they were words.
        (6, "layer 3, GlobalAveragePooling1D, takes (steps, channels), found (100, 512, 512)"),
    ],
    "v02__neuralpaper_backend_models_resnet.neural": [
        # The projection that is meant for the way round stands within it.
        (23, "layer 17, ResidualConnection, takes inputs of one shape, found (14, 14, 128) and (56, 56, 64)"),
    ],
    "v04__examples_attention_examples_multi_layer_transformer.neural": [
        (8, "layer 5, GlobalAveragePooling1D, takes (steps, channels), found (128, 512, 512)"),
    ],
    "v04__examples_computer_vision_resnet50_production.neural": [
        # No projection where the number of channels changes.
        (59, "layer 13, Add, takes inputs of one shape, found (56, 56, 256) and (56, 56, 64) (in IdentityBlock)"),
    ],
    "v04__examples_encoder_decoder_transformer.neural": [
        # Two inputs, and nothing says which of them the first layer takes.
        (374, "layer 1, Embedding, takes one input, found 2; join them before it, by Add() or Concatenate() say"),
        (423, "layer 87, Embedding, looks up whole numbers of an input, found values that a layer has computed"),
    ],
    "v04__examples_sentiment.neural": [
        (5, "layer 2, LSTM, takes (steps, features), found (100, 300, 300)"),
    ],
    "v04__examples_transformer.neural": [
        (92, "layer 3, GlobalAveragePooling1D, takes (steps, channels), found (128, 512, 512)"),
        (113, "layer 3, GlobalAveragePooling1D, takes (steps, channels), found (64, 256, 256)"),
    ],
}


def checked(text: str, options: Options | None = None) -> Checked:
    (found,) = check(Source(text), options=options)
    return found


def told(text: str) -> list[tuple[int, int, str]]:
    """Return line, column and message of everything that is wrong with a text."""
    with pytest.raises(LanguageError) as raised:
        check(Source(text))
    return [(*raised.value.source.place(fault.at), fault.message) for fault in raised.value.faults]


def network(layers: str, shape: str = "(28, 28, 1)", more: str = "") -> str:
    return f"network N {{ input: {shape} layers: {layers} {more} }}"


def test_every_published_file_is_a_network_or_has_the_fault_that_it_is_known_for() -> None:
    found = {}
    for file in published():
        source = read(str(file))
        assert parse(source).items
        try:
            assert all(each.network.steps for each in check(source))
        except LanguageError as error:
            found[file.name] = [(source.place(fault.at)[0], fault.message) for fault in error.faults]
    assert found == MALFORMED


def test_published_files_and_ours_are_written_back_as_they_were() -> None:
    for source in [*map(networks.text, OURS), *(read(str(file)) for file in published())]:
        program = parse(source)
        assert parse(Source(show(program))) == program


@settings(deadline=None)
@given(programs)
def test_what_is_written_is_read_back(program: Program) -> None:
    assert parse(Source(show(program))) == program


@pytest.mark.parametrize("many", [500, pytest.param(10_000, marks=pytest.mark.long)])
def test_what_is_spoilt_gives_a_tree_or_an_error_of_the_language_in_time(many: int) -> None:
    sources = map(Source, spoilt([file.read_text() for file in published()], seed=0, many=many))
    assert not [source.text for source in sources if not in_time(source)]


@pytest.mark.parametrize("many", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_layers_of_all_kinds_wrong_and_right_make_networks_or_faults(many: int) -> None:
    sound = sum(not examine(Source(text))[1] for text in of_all_kinds(seed=0, many=many))
    assert many // 50 < sound < many // 2


def in_time(source: Source) -> bool:
    """Tell whether one of three readings is over in time: what a neighbour on the machine takes is not the reader's."""
    return any(seconds_to_check(source) < PATIENCE_S for _ in range(3))


def seconds_to_check(source: Source) -> float:
    """Return the seconds that this thread needs to check a text, or to refuse it."""
    start = time.thread_time()
    with suppress(LanguageError):
        check(source)
    return time.thread_time() - start


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(LanguageError):
        parse(Source(text))


BOMBS = {
    "deep blocks": ("network N { input: (3,) layers: " + "Residual { " * 500 + "}" * 501, "nested more than 64 deep"),
    "deep values": (network("Dense(" + "(" * 500 + "3" + ")" * 500 + ")"), "nested more than 64 deep"),
    "signs": (network("Dense(" + "-" * 500 + "3)"), "nested more than 64 deep"),
    "a long sum": (network("Dense(" + "1+" * 500 + "1)"), "has more than 64 operations"),
    "braces": ("{" * 10_000, "expected network, define or research"),
    "repetitions": (network("Dense(3) * 999999999"), "must be at most"),
    "more repetitions": (network("Dense(3) * 3000", "(3,)"), "more than the 2,048 steps"),
    "repetitions of repetitions": (network("b: { c: { Dense(3) * 200 } * 200 }", "(3,)"), "more than 2,048 steps"),
    "macros that double": (
        "".join(f"define M{each} {{ M{each + 1}() M{each + 1}() }}\n" for each in range(30))
        + "define M30 { }\n"
        + network("M0()"),
        "more than 4,096 statements",
    ),
    "deep blocks of deep macros": (
        "".join(f"define M{each} {{ {'Residual { ' * 60} M{each + 1}() {'}' * 60} }}\n" for each in range(6))
        + "define M6 { Dense(3) }\n"
        + network("M0()", "(3,)"),
        "blocks stand in blocks more than 100 deep",
    ),
    "no inputs": ("network N { input: [] layers: Dense(3) }", "has 1 to 256 inputs, found 0"),
    "inputs": (
        "network N { input: {" + " ".join(f"i{n}: (3,)" for n in range(5_000)) + "} layers: Dense(3) }",
        "at most 256 inputs",
    ),
    "an input without axes": (network("Dense(3)", "shape()"), "an input has 1 to 16 axes, found 0"),
    "a shape without axes": (network("Reshape([]) Dense(3)", "(1)"), "must have 1 to 16 axes"),
    "axes": (network("Flatten()", f"({'16777216, ' * 1000})"), "an input has 1 to 16 axes, found 1000"),
    "arguments": (
        f"define M({', '.join(f'a{n}' for n in range(15_000))}) {{ }}\n" + network("M()"),
        "M requires a0, a1",
    ),
    "networks": (
        "\n".join(f"network N{n} {{ input: (3,) layers: Dense(3) * 2000 }}" for n in range(50)),
        "8,192 steps together",
    ),
    "one macro again and again": ("define M { }\n" * 40 + network("M()"), "there is a macro M already"),
    "a macro that uses itself": ("define M { M() }\n" + network("M()"), "uses itself"),
    "a number": (network(f"Dense({'9' * 5000})"), "too large"),
    "a product": (network("Dense(4000000000 * 4000000000)"), "too large"),
    "a comment": ("/*" + "*" * 100_000, "never closed"),
    "a string": (network(f'Dense(3, "{"x" * 100_000}")'), "this string is too long; expected at most 4,096 characters"),
    "words": ("[" * LARGEST, "a text has at most 32,768 words, numbers, strings and marks"),
    "strings that are not closed": ('"\n' * (LARGEST // 2), "a text has at most 32,768 words"),
    "words in a string": (network("Dense(3)", more=f"optimizer: '{'a ' * 2_000}'"), "expected nothing after a value"),
    "one line": (network(f"Dense(3 x) {'Dense ' * 20_000}"), "expected , or ) for the ( in line 1, found x"),
    "branches that double": (
        "define M { a: { } b: { } }\n" + network("M * 60"),
        "branches leave more than 2,048 values",
    ),
    "a list that is read again and again": (
        f"define M {{ Dense(3, [{'1, ' * 16_000}]) }}\n" + network("M * 2000"),
        "macros and repetitions make more than 131,072 values",
    ),
    "networks of macros": (
        "define M { } define L { M * 2000 }\n" + "network N { input: (3,) layers: L L Dense(3) }\n" * 1_500,
        "macros and repetitions make more than 131,072 values",
    ),
    "a name that is nearly one": (
        f"define M {{ Dense(un{'i' * 50_000}=3) Dense(unots=3) }}\n" + network("M * 2000"),
        "Dense has no argument unots",
    ),
    "names that are nearly ones": (
        "".join(f"define Dens{n} {{ }}\n" for n in range(5_000)) + network(" ".join(f"Dense{n}x()" for n in range(30))),
        "there is no layer and no macro Dense7x",
    ),
    "metrics that are nearly ones": (
        network("Dense(3)", more=f"metrics: [{'acuracy, ' * 14_000}]"),
        "there is no metric 'acuracy'; did you mean",
    ),
}
# What any text of the largest size is over in, far beyond what those below take on a busy machine.
LONGEST_S = 1.0


@pytest.mark.parametrize(("text", "message"), BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused(text: str, message: str) -> None:
    assert any(message in fault for _, _, fault in told(text))
    assert seconds_to_check(Source(text)) < LONGEST_S


def test_everything_that_is_wrong_is_told_at_once_with_its_place() -> None:
    text = """network Bad {
  input: (28, 28, 1)
  layers:
    Conv2D(32, (3,3), activation="rleu")
    MaxPooling2D((2,2)
    Flaten()
    Dense(units=-5)
    Dropout(1.5)
    Dense()
  loss: "categorical_crossentrop"
  optimiser: Adam(learning_rate=0.001)
  train { epochs: 0 batchsize: 3 }
}
"""
    found = [(line, column, message.replace("one of relu, ", "... ")) for line, column, message in told(text)]
    assert [place[:2] for place in found] == [
        (4, 23), (6, 5), (6, 5), (7, 11), (8, 13), (9, 5), (10, 3), (11, 3), (12, 11), (12, 21),
    ]  # fmt: skip
    endings = [
        'found "rleu"; did you mean relu?',
        "expected , or ) for the ( in line 5, found Flaten",
        "there is no layer and no macro Flaten; did you mean Flatten?",
        "Dense units must be a positive integer, found -5",
        "Dropout rate must be between 0 and 1, found 1.5",
        "Dense requires units",
        "there is no loss categorical_crossentrop; did you mean categorical_crossentropy?",
        "a network has no setting optimiser; did you mean optimizer?",
        "epochs must be a positive integer",
        "train has no setting batchsize; did you mean batch_size?",
    ]
    for (_, _, message), ending in zip(found, endings, strict=True):
        assert message.endswith(ending)


def test_an_error_is_told_as_compilers_do(tmp_path: Path) -> None:
    file = tmp_path / "n.neural"
    file.write_text("network N {\n\tinput: (3,)\n\tlayers: Dense(0)\n}\n")
    with pytest.raises(LanguageError) as raised:
        check(read(str(file)))
    assert str(raised.value) == (
        f"{file}:3:16: Dense units must be a positive integer, found 0\n    \tlayers: Dense(0)\n    \t              ^"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is nothing here; a file has at least one network { ... }"),
        ("netwrk N { }", "expected network, define or research, found netwrk; did you mean network?"),
        ("network N { input: (3,) }", "network N has no layers: say `layers:` and list them"),
        ("network N { layers: Dense(3) }", "network N has no input: say `input: (28, 28, 1)`"),
        ("network N { input: (3,) layers: Dense(3)", "this { is never closed: the text ends before its }"),
        (
            'network N { input: (3,) layers: Dense("3) }',
            "expected a value, found a string that is not closed in its line",
        ),
        (network("Dense(3) layers: Dense(4)"), "layers is said twice; the first is in line 1"),
        (network("Dense(3)", "(0, 3)"), "input dimensions must be positive integers or None, found 0"),
        (network("Dense(3, units=4)"), "Dense is given units twice"),
        (network("Dense(3, color=4)"), "Dense has no argument color; it takes units, activation, use_bias"),
        (network("Dense(1, None, true, 4)"), "Dense is given argument 4 and takes 3"),
        (network("Dense($n)"), "there is no argument $n here"),
        (network("Conv2D(kernel_size=3)"), "Conv2D requires filters"),
        (network("Conv2D(8, 29)"), "layer 1, Conv2D, has a window of (29, 29), larger than its input of (28, 28)"),
        (network("Flatten() MaxPooling2D()"), "layer 2, MaxPooling2D, takes (height, width, channels), found (784,)"),
        (network("Dens(3) TimeDistributed(Dense(2)) Output(2)", "(6, 4)"), "no layer and no macro Dens; did you mean"),
        *(
            (network(f"a: {{ Flatten() }} b: {{ Flatten() }} Dot({axes})"), "axes must be a whole number or up to 2 of")
            for axes in ("(1, 1, 1)", "[]")
        ),
        (network("Reshape([[7, 7]])"), "target_shape must be a positive integer, found [[7, 7]]"),
        (network("Dropout(0.5) @ 3"), 'expected a device such as "cuda:0", found 3'),
        *(
            (network(f'Dropout(0.5) @ "{device}"'), f'there is no device "{device}"; there are cpu, gpu (or cuda), tpu')
            for device in ("moon", "cuda:abc", "gpu:-1", "cuda:0'); print(1", "cpu:", "auto")
        ),
        *(
            (
                network("Flatten()", more=f'execute {{ device: "{device}" }}'),
                f'device is "{device}", and there are auto, cpu, gpu (or cuda), tpu and xla, with a number (cuda:0) or',
            )
            for device in ("moon", "cuda:abc", "automobile")
        ),
        (network("Dense(3)", "{ a: (5) b: (5) }"), "layer 1, Dense, takes one input, found 2"),
        (network("b: { Dense(3) }", "{ a: (5) b: (5) }"), "input a is taken by no layer; let a branch of its name"),
        (network("input_2: { Dense(3) }", "(5), (6)"), "input input_1 is taken by no layer; let a branch of its name"),
        (network("Flatten()", "shape(height=28)"), "shape(...) takes sizes without names, such as shape(28, 28, 1)"),
        (
            network("LSTM(3)", "(5, 3)", "optimizer: Adam(ExponentialDecay(0.1, 9, 0.5)) lr_schedule: StepDecay(0.1)"),
            "the learning rate has two schedules, ExponentialDecay and StepDecay; keep one",
        ),
        (
            network("LSTM(3)", "(5, 3)", "lr_schedule: StepDecay(0.1) optimizer: Adam(ExponentialDecay(0.1, 9, 0.5))"),
            "the learning rate has two schedules, StepDecay and ExponentialDecay; keep one",
        ),
        (
            network("LSTM(3)", "(5, 3)", "optimizer: Adam(clipnorm=1) train { gradient_clip: 5 }"),
            "gradients are clipped at 5 by gradient_clip, and at 1 by the optimizer's clipnorm; keep one",
        ),
        (
            network("Dense(2, softmax)", "(3)", "loss: categorical_crossentropy(from_logits=true)"),
            "categorical_cross_entropy is said to have logits, and the network ends with softmax; leave out one of",
        ),
        (
            network("Bidirectional(LSTM(3), merge_mode=None)", "(5, 3)"),
            "Bidirectional merge_mode must be concat or sum or mul or ave, found None",
        ),
        (network("Dense(HPO(range(5, 2)))"), "range's low end must be below its high end, found 5 and 2"),
        (network("GaussianNoise(1e308)"), "GaussianNoise stddev must be at most 3.4e+38"),
        (network("BatchNormalization(epsilon=1e-300)"), "BatchNormalization epsilon must be at least 1.18e-38"),
        (network("Flatten() InstanceNormalization()"), "InstanceNormalization, normalizes each value by itself"),
        (network("Dense(HPO(log_range(0, 2)))"), "log_range's low end must be above 0, found 0"),
        (network("Dense(HPO(range(1, 2, step=3)))"), "range's step must be above 0 and no more than 1, found 3"),
        (
            network("Add()"),
            "layer 1, Add, joins two values or more, and nothing stands between it and its block's start",
        ),
        (network('Lambda("x: x")'), "runs code of its text, which is refused unless it is allowed explicitly"),
        ("define B(f) { Dense($f) }\n" + network("B()"), "B requires f"),
        ("define B(f) { Dense($f) }\n" + network("B(3, g=4)"), "B is given g and has no such argument; it takes f"),
        (network("Dense(3)", more='optimizer: "Adam(learning_rat=1)"'), "adam has no argument learning_rat"),
        (
            network("Dense(3)", more="lr_schedule: StepDecoy(0.1)"),
            "no learning-rate schedule StepDecoy; did you mean StepDecay?",
        ),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(text: str, message: str) -> None:
    assert any(message in fault for _, _, fault in told(text)), told(text)


def test_every_kind_of_comment_and_every_order_of_sections_is_read() -> None:
    text = """/* a */ network N { // b
      optimizer: Adam # c
      layers: [ Flatten(), Dense(10), ]
      loss: mse(reduction="sum");
      input: shape(28, 28, 1)
    }"""
    found = checked(text)
    assert found.network.count_parameters() == 7850
    assert found.training.loss is not None
    assert (found.training.loss.name, found.training.loss.arguments["reduction"]) == ("mse", "sum")


def test_names_of_layers_have_any_capitals_and_a_macro_hides_a_layer() -> None:
    assert checked(network("flatten() DENSE(3)")).network.count_parameters() == 2355
    hidden = checked("define Dense(n) { Flatten() Output($n / 2) }\n" + network("Dense(6)"))
    assert hidden.network.shape(hidden.network.outputs[0]) == (3,)


def test_the_first_none_is_the_batch_and_another_a_length_that_only_data_know() -> None:
    assert checked(network("Flatten()", "(None, 28, 28, 1)")).network.inputs[0].shape == (28, 28, 1)
    unknown = checked(network("LSTM(4)", "(None, None, 8)")).network
    assert (unknown.inputs[0].shape, unknown.flops()) == ((None, 8), None)
    assert [fault for *_, fault in told(network("Flatten()", "(None, None, 8)"))] == [
        "layer 1, Flatten, needs to know its input's shape, found (None, 8)"
    ]


def test_branches_begin_where_they_stand_or_at_the_input_of_their_name() -> None:
    side = checked(network("left: { Dense(3) } right: { Dense(4) } Concatenate()", "(5,)")).network
    assert side.shape(side.outputs[0]) == (7,)
    both = checked(network("b: { Dense(3) } a: { Dense(4) } Concatenate()", "{ a: (5,) b: (6,) }")).network
    assert [weight.shape for _, weight in both.weights()] == [(6, 3), (3,), (5, 4), (4,)]
    apart = checked(network("b: { Dense(3) } a: { Dense(4) }", "{ a: (5,), b: (6,) }")).network
    assert [apart.shape(value) for value in apart.outputs] == [(3,), (4,)]


def test_in_layers_that_see_each_step_by_itself_no_input_is_at_hand() -> None:
    inputs = "{ a: (5, 3) b: (5, 3) }"
    macro = "define M { b: { Dense(6) } c: { Dense(6) } Add() }\n"
    refused = "input b is not at hand in TimeDistributed, whose layers see each step by itself; "
    for layers in ("TimeDistributed() { b: { Dense(3) } }", "TimeDistributed() { M() }", "TimeDistributed(M())"):
        (fault,) = (fault for *_, fault in told(macro + network(f"Concatenate() {layers}", inputs)))
        assert fault.startswith(refused)
    for layers in ("M()", "Residual() { b: { Dense(6) } }", "Dense(6) { b: { Dense(6) } c: { Dense(6) } Add() }"):
        found = checked(macro + network(f"Concatenate() {layers}", inputs)).network
        assert [found.shape(value) for value in found.outputs] == [(5, 6)]
    (fault,) = (fault for *_, fault in told(network("TimeDistributed() { c: { Dense(6) } d: {} }", "(5, 3)")))
    assert fault == "layer 3, TimeDistributed, leaves one value of each step, found 2; join them in its braces"


def test_a_join_without_branches_joins_its_blocks_start_or_what_the_last_join_left() -> None:
    block = "define B { Dense(5) Add() LayerNormalization() Dense(5) Add() }\n"
    steps = checked(block + network("B() * 2", "(5,)")).network.steps
    joins = [step.inputs for step in steps if type(step.layer).__name__ == "Merge"]
    assert joins == [(1, 0), (4, 2), (6, 5), (9, 7)]


def test_what_stands_in_braces_follows_and_is_repeated_with_its_layer() -> None:
    found = checked(network("Dense(4) { Dense(3) Dense(2) } * 2", "(5,)")).network
    assert [weight.shape[-1] for _, weight in found.weights()][::2] == [4, 3, 2, 4, 3, 2]


def test_an_output_sees_the_last_axis_and_all_of_an_example_where_that_is_asked_for() -> None:
    seen = checked(network("Output(10)"))
    assert seen.network.shape(seen.network.outputs[0]) == (28, 28, 10)
    assert "predicts for each of 28 x 28 places" in seen.notes[0].message
    flat = checked(network("Output(10)"), Options(flatten_output=True))
    assert (flat.network.shape(flat.network.outputs[0]), flat.notes) == ((10,), ())


def test_hyper_parameters_are_first_choices_until_others_are_chosen_and_once_where_they_are_written() -> None:
    text = "define B { Dense(HPO(choice(3, HPO(range(4, 8))))) }\n" + network("B() B()", "(2,)")
    source = Source(text)
    (first,) = check(source)
    assert [dimension.name for dimension in first.space] == ["Dense units"]
    (at,) = (dimension.at for dimension in first.space)
    (other,) = check(source, {at: 7})
    assert [each.network.count_parameters() for each in (first, other)] == [9 + 12, 21 + 56]


def test_what_holds_otherwise_than_it_seems_is_noted() -> None:
    logits = "the network ends with no softmax or sigmoid: binary_cross_entropy takes what it leaves for logits, "
    for more, *notes in (
        ("metrics: [accuracy, RMSE]", "metric RMSE is one that `run` does not compute"),
        ("loss: binary_crossentropy", f"{logits}as from_logits=true has it"),
        ("loss: binary_crossentropy(from_logits=true)",),
        (
            "optimizer: SGD(0.1) lr_schedule: StepDecay(0.5)",
            "StepDecay sets the learning rate, and 0.1 holds at no step",
        ),
        (
            "lr_schedule: TransformerSchedule(8) optimizer: Adam(beta_1=0.8, lr=0.001)",
            "TransformerSchedule sets the learning rate, and 0.001 holds at no step",
        ),
        ("optimizer: SGD(0.5) lr_schedule: StepDecay(0.5)",),
        ("optimizer: SGD(momentum=0.5) lr_schedule: StepDecay(0.5)",),
        ("optimizer: SGD(StepDecay(0.5))",),
    ):
        assert [note.message for note in checked(network("Dense(3)", "(3)", more)).notes] == notes


def test_names_without_a_meaning_are_read_and_what_follows_them_is_not_known() -> None:
    found = checked(network("QuantumLayer(qubits=3) Dense(3) FooEncoder(units=3)"))
    assert [note.message for note in found.notes] == [
        f"layer {number}, {name}, has no meaning that anyone has defined: no backend generates it"
        for number, name in ((1, "QuantumLayer"), (3, "FooEncoder"))
    ]
    assert found.network.shape(found.network.outputs[0]) is None


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("MultiHeadAttention(0)", (1, 31, "MultiHeadAttention num_heads must be a positive integer, found 0")),
        ("Bidirectional()", (1, 12, "Bidirectional requires layer")),
        ("Bidirectional(LSTM(0))", (1, 31, "LSTM units must be a positive integer, found 0")),
        ("M()", (1, 12, "M requires n")),
    ],
)
def test_what_is_written_once_is_wrong_once_however_often_it_is_used(body: str, fault: tuple[int, int, str]) -> None:
    macros = f"define B {{ {body} }} define M(n) {{ Dense($n) }}\n"
    once, often = (network(layers, "(6, 4)") for layers in ("B", "B B() * 2"))
    assert told(macros + once) == told(macros + once + often) == told(macros + often) == [fault]


def test_a_fault_of_the_grammar_hides_no_others_and_makes_none_up() -> None:
    assert told("define B { Dense(3 }\n" + network("B() Dense(units=0)")) == [
        (1, 20, "expected , or ) for the ( in line 1, found }"),
        (2, 50, "Dense units must be a positive integer, found 0"),
    ]


def test_a_brace_that_is_never_closed_hides_no_others_and_makes_none_up() -> None:
    never = "this { is never closed: the text ends before its }"
    wrong = "network N {\n  input: (0)\n  layers: Dense(0)"
    found = [
        (1, 11, never),
        (2, 3, "input dimensions must be positive integers or None, found 0"),
        (3, 17, "Dense units must be a positive integer, found 0"),
    ]
    assert told(wrong) == found
    assert told(f"{wrong} Residual {{ Dense(3)\n")[:3] == found
    assert told(f'{wrong}\n  optimizer: "Adm"\n  train {{ epochs: 0')[3:] == [
        (4, 3, "there is no optimizer Adm; did you mean adam?"),
        (5, 9, never),
    ]


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large").write_bytes(b" " * (LARGEST + 1))
    for name, message in (
        ("nowhere", "cannot be read"),
        ("binary", "is no text in UTF-8"),
        ("large", "has more than 131,072 bytes"),
    ):
        with pytest.raises(DataError, match=message):
            read(str(tmp_path / name))


def test_positions_are_those_of_the_text() -> None:
    text = "network N {\n  input: (3,)\n  layers:\n    Dense(3)\n}"
    (item,) = parse(Source(text)).items
    assert isinstance(item, Network)
    (layer,) = item.layers
    assert isinstance(layer, Layer)
    assert Source(text).place(layer.at) == (4, 5)
    assert Source(text).place(layer.arguments[0].at) == (4, 11)
