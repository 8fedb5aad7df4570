"""Kinds that take one value as it is: dense layers, norms, and what changes shape or adds chance."""

from swapbench_models.neural.meaning.converters import (
    MOST_AXES,
    axes,
    flag,
    integer,
    not_negative,
    optional,
    positive,
    rate,
    shape,
    text,
)
from swapbench_models.neural.meaning.kinds.kind import ACTIVATION, AFFINE, BIAS, EPSILON, kind, single
from swapbench_models.neural.meaning.signature import Parameter
from swapbench_models.neural.meaning.use import Use
from swapbench_models.neural.network.dense import Dense, Embedding
from swapbench_models.neural.network.normalization import BatchNorm, GroupNorm, LayerNorm
from swapbench_models.neural.network.pointwise import Code, Dropout, GaussianNoise
from swapbench_models.neural.network.shaping import Flatten, Permute, Reshape


def _dense(use: Use) -> int:
    return use.activated(use.graph.put(Dense(use.given["units"], use.given["use_bias"]), use.input))


def _output(use: Use) -> int:
    found = use.graph.shape(use.input)
    value = use.input
    if found is not None and len(found) > 1:
        if use.graph.options.flatten_output:
            value = use.graph.put(Flatten(), value)
        else:
            use.graph.note(
                f"predicts for each of {' x '.join(map(str, found[:-1]))} places; a Flatten() before it, or "
                "--auto-flatten-output, makes that one prediction an example"
            )
    return use.activated(use.graph.put(Dense(use.given["units"], use.given["use_bias"]), value))


def _embedding(use: Use) -> int:
    graph = use.graph
    if use.input >= len(graph.inputs):
        graph.refuse("looks up whole numbers of an input, found values that a layer has computed")
    graph.whole(use.input)
    given = use.given
    return graph.put(Embedding(given["input_dim"], given["output_dim"], given["mask_zero"]), use.input)


def _code(use: Use) -> int:
    if not use.graph.options.allow_code:
        use.graph.refuse("runs code of its text, which is refused unless it is allowed explicitly (--allow-lambda)")
    return use.graph.put(Code(use.given["function"], use.given["output_shape"]), use.input)


def _batch_norm(use: Use) -> int:
    given = use.given
    return use.graph.put(BatchNorm(given["epsilon"], given["center"], given["scale"], given["momentum"]), use.input)


def _layer_norm(use: Use) -> int:
    given = use.given
    return use.graph.put(LayerNorm(given["epsilon"], given["center"], given["scale"]), use.input)


def _group_norm(use: Use) -> int:
    given = use.given
    groups = max(given.get("groups", 0), 0)
    return use.graph.put(GroupNorm(given["epsilon"], given["center"], given["scale"], groups), use.input)


PLAIN = (
    kind("Dense", _dense, Parameter("units", positive), ACTIVATION, BIAS),
    kind("Output", _output, Parameter("units", positive), ACTIVATION, BIAS),
    kind("Flatten", single(Flatten)),
    kind("Reshape", single(Reshape, "target_shape"), Parameter("target_shape", shape, aliases=("shape",))),
    kind("Permute", single(Permute, "dims"), Parameter("dims", axes(MOST_AXES))),
    kind("Activation", lambda use: use.activated(use.input), Parameter("activation", ACTIVATION.convert)),
    kind("Dropout", single(Dropout, "rate"), Parameter("rate", rate, aliases=("p", "dropout"))),
    kind("GaussianNoise", single(GaussianNoise, "stddev"), Parameter("stddev", not_negative, aliases=("deviation",))),
    kind(
        "Embedding",
        _embedding,
        Parameter("input_dim", positive, aliases=("vocab_size",)),
        Parameter("output_dim", positive, aliases=("embedding_dim",)),
        Parameter("mask_zero", flag, False),
    ),
    kind("Lambda", _code, Parameter("function", text), Parameter("output_shape", optional(shape), None)),
    kind("BatchNormalization", _batch_norm, Parameter("momentum", rate, 0.99), EPSILON, *AFFINE),
    kind("LayerNormalization", _layer_norm, EPSILON, *AFFINE),
    kind("InstanceNormalization", _group_norm, EPSILON, *AFFINE),
    kind("GroupNormalization", _group_norm, Parameter("groups", integer, 32), EPSILON, *AFFINE),
)
