"""Recurrent layers, attention and the order of places in ONNX."""

from swapbench_models.neural.generate.onnx_nodes import Attributes, Expression, Place
from swapbench_models.neural.network.attention import Attention, PositionalEncoding
from swapbench_models.neural.network.recurrent import Recurrent

_OPERATORS = {"simple": "RNN", "lstm": "LSTM", "gru": "GRU"}
# By kind: the gates' own functions, before those that the layer's activation is for.
_GATE_FUNCTIONS: dict[str, list[str]] = {"simple": [], "lstm": ["Sigmoid"], "gru": ["Sigmoid"]}
_ACTIVATED = {"simple": 1, "lstm": 2, "gru": 1}

POSITIONS = '''def positions(steps: int, features: int) -> np.ndarray:
    """Return sines (even features) and cosines (odd ones) of each step."""
    angles = np.arange(steps)[:, None] / 10000 ** (np.arange(features) // 2 * 2 / features)
    return np.where(np.arange(features) % 2 == 0, np.sin(angles), np.cos(angles)).astype(np.float32)'''


def recurrent(layer: Recurrent, place: Place) -> str:
    """Steps come first in the operator, and after it a direction: 1, for there is one alone."""
    attributes: Attributes = {"hidden_size": layer.units}
    if layer.backward:
        attributes["direction"] = "reverse"
    if layer.activation == "relu":
        attributes["activations"] = [*_GATE_FUNCTIONS[layer.kind], *["Relu"] * _ACTIVATED[layer.kind]]
    if layer.kind == "gru":
        attributes["linear_before_reset"] = 1
    steps = place.put("Transpose", *place.taken, what="steps", perm=[1, 0, 2])
    names = ("kernel", "recurrent_kernel", *(("bias",) if layer.bias else ()))
    weights = tuple(place.part(name) for name in names)
    what = "states" if layer.sequences else "state"
    unwanted = 0 if layer.sequences else 1
    states = place.put(_OPERATORS[layer.kind], steps, *weights, what=what, unwanted=unwanted, **attributes)
    direction = place.constant("direction", value_ints=[1 if layer.sequences else 0])
    if not layer.sequences:
        return place.put("Squeeze", states, direction)
    single = place.put("Squeeze", states, direction, what="sequence")
    return place.put("Transpose", single, perm=[1, 0, 2])


def positional_encoding(layer: PositionalEncoding, place: Place) -> str:
    steps, features = place.shapes[0]
    positions = place.constant("positions", value=Expression(f"from_array(positions({steps}, {features}))"))
    return place.put("Add", *place.taken, positions)


def attention(layer: Attention, place: Place) -> str:
    asking, answering = place.taken[0], place.taken[-1]
    query = _heads(layer, place, "query", asking, layer.key_size, (0, 2, 1, 3))
    key = _heads(layer, place, "key", answering, layer.key_size, (0, 2, 3, 1))
    value = _heads(layer, place, "value", answering, layer.value_size, (0, 2, 1, 3))
    product = place.put("MatMul", query, key, what="product")
    scale = place.constant("scale", value_float=Expression(f"{layer.key_size}**-0.5"))
    scores = place.put("Mul", product, scale, what="scores")
    if layer.causal:
        scores = place.put("Add", scores, _future(place, scores), what="past_scores")
    shares = place.put("Softmax", scores, what="shares", axis=-1)
    found = place.put("MatMul", shares, value, what="found")
    turned = place.put("Transpose", found, what="turned", perm=[0, 2, 1, 3])
    row = place.constant("row", value_ints=[0, -1, layer.heads * layer.value_size])
    joined = place.put("Reshape", turned, row, what="joined")
    if len(place.shapes[0]) == 2:
        return _projected(layer, place, "output", joined, "")
    output = _projected(layer, place, "output", joined, "places")
    sizes = place.put("Shape", asking, what="sizes")
    return place.put("Reshape", output, sizes)


def _heads(layer: Attention, place: Place, name: str, taken: str, size: int, order: tuple[int, ...]) -> str:
    """Project what is taken and put its heads before its places, which become one axis."""
    projected = _projected(layer, place, name, taken, f"{name}_row")
    split = place.constant(f"{name}_split", value_ints=[0, -1, layer.heads, size])
    heads = place.put("Reshape", projected, split, what=f"{name}_heads")
    return place.put("Transpose", heads, what=name, perm=order)


def _projected(layer: Attention, place: Place, name: str, taken: str, what: str) -> str:
    kernel, bias = place.part(f"{name}_kernel"), place.part(f"{name}_bias")
    if not layer.bias:
        return place.put("MatMul", taken, kernel, what=what)
    product = place.put("MatMul", taken, kernel, what=f"{name}_product")
    return place.put("Add", product, bias, what=what)


def _future(place: Place, scores: str) -> str:
    """Put in what keeps each place from seeing those after it: minus infinity above the diagonal, 0 elsewhere."""
    sizes = place.put("Shape", scores, what="sizes_met", start=-2)
    unseen = place.constant("unseen", value_float=Expression('float("-inf")'))
    everywhere = place.put("Expand", unseen, sizes, what="everywhere")
    after = place.constant("after", value_int=1)
    return place.put("Trilu", everywhere, after, what="future", upper=1)
