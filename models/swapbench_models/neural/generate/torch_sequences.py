"""Layers of torch that see the steps of a sequence: recurrent ones, attention, and the sines of positions."""

from swapbench_models.neural.generate.torch_place import Place
from swapbench_models.neural.generate.torch_windows import no_bias
from swapbench_models.neural.network.attention import Attention, PositionalEncoding
from swapbench_models.neural.network.recurrent import Recurrent

_RECURRENT = {"simple": "RNN", "lstm": "LSTM", "gru": "GRU"}


def recurrent(layer: Recurrent, place: Place) -> str:
    """Return what a recurrent layer leaves: all steps, or the last."""
    (x,), (shape,) = place.taken, place.shapes
    relu = ', nonlinearity="relu"' if layer.activation == "relu" else ""
    made = f"nn.{_RECURRENT[layer.kind]}({shape[-1]}, {layer.units}{relu}, batch_first=True{no_bias(layer.bias)})"
    module = place.put(made)
    if layer.bias and layer.kind != "gru":
        # torch has two biases where one does; two would be trained at twice the rate.
        place.also(f"nn.init.zeros_({module}.bias_hh_l0).requires_grad_(False)")
    if layer.dropout:
        x = f"{place.help('dropped', _DROPPED)}({x}, {layer.dropout}, self.training)"
    sequence = f"{module}({x}{'.flip(1)' if layer.backward else ''})[0]"
    if not layer.sequences:
        return f"{sequence}[:, -1]"
    return f"{sequence}.flip(1)" if layer.backward else sequence


def attention(layer: Attention, place: Place) -> str:
    """Return the call of an attention, which asks its first input about its last."""
    more = "".join(
        text
        for text, said in (
            (f", dropout={layer.dropout}", layer.dropout),
            (", bias=False", not layer.bias),
            (", causal=True", layer.causal),
        )
        if said
    )
    asking, answering = place.shapes[0][-1], place.shapes[-1][-1]
    extents = f"{asking}, {answering}, {layer.heads}, {layer.key_size}, {layer.value_size}"
    made = place.put(f"{place.help('Attention', _ATTENTION)}({extents}{more})")
    return f"{made}({', '.join(place.taken)})"


def positional_encoding(layer: PositionalEncoding, place: Place) -> str:
    """Return the input with the sines of each position added."""
    steps, features = place.shapes[0]
    made = f"{place.help('positions', _POSITIONS)}({steps}, {features})"
    return f"{place.taken[0]} + {place.keep(made)}"


_ATTENTION = '''class Attention(nn.Module):
    """Scaled products of queries and keys, of several heads side by side; all axes but the last are places."""

    def __init__(
        self,
        asking: int,
        answering: int,
        heads: int,
        key_size: int,
        value_size: int,
        dropout: float = 0.0,
        bias: bool = True,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.heads, self.dropout, self.causal = heads, dropout, causal
        self.query = nn.Linear(asking, heads * key_size, bias)
        self.key = nn.Linear(answering, heads * key_size, bias)
        self.value = nn.Linear(answering, heads * value_size, bias)
        self.output = nn.Linear(heads * value_size, asking, bias)

    def forward(self, asking: Tensor, answering: Tensor | None = None) -> Tensor:
        answering = asking if answering is None else answering
        query, key, value = self.query(asking), self.key(answering), self.value(answering)
        split = (part.flatten(1, -2).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (query, key, value))
        dropout = self.dropout if self.training else 0.0
        met = F.scaled_dot_product_attention(*split, dropout_p=dropout, is_causal=self.causal)
        return self.output(met.transpose(1, 2).flatten(2)).reshape(asking.shape)'''

_DROPPED = '''def dropped(x: Tensor, rate: float, training: bool) -> Tensor:
    """Drop the same features at every step."""
    return x * F.dropout(torch.ones_like(x[:, :1]), rate, training)'''

_POSITIONS = '''def positions(steps: int, features: int) -> Tensor:
    """Return sines (even features) and cosines (odd ones) of each step."""
    feature = torch.arange(features, dtype=torch.float64)
    angles = torch.arange(steps)[:, None] / 10000 ** (feature // 2 * 2 / features)
    return torch.where(feature % 2 == 0, angles.sin(), angles.cos()).float()'''
