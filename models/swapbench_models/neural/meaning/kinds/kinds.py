"""All kinds, and which of them a name means."""

from swapbench_models.neural.meaning.kinds.blocks import BLOCKS
from swapbench_models.neural.meaning.kinds.joins import JOINS
from swapbench_models.neural.meaning.kinds.kind import Kind
from swapbench_models.neural.meaning.kinds.plain import PLAIN
from swapbench_models.neural.meaning.kinds.sequences import SEQUENCES
from swapbench_models.neural.meaning.kinds.windowed import WINDOWED

KINDS: dict[str, Kind] = {kind.signature.name: kind for kind in (*PLAIN, *WINDOWED, *SEQUENCES, *BLOCKS, *JOINS)}
_LOWER = {name.lower(): name for name in KINDS} | {"globalaveragepool2d": "GlobalAveragePooling2D"}

# Names of the reference's grammar that it never gave a meaning either.
MEANINGLESS = (
    "Attention", "Inception", "CapsuleLayer", "SqueezeExcitation", "GraphConv", "GraphAttention", "QuantumLayer",
    "DynamicLayer", "CustomShape",
)  # fmt: skip


def kind_of(name: str) -> Kind | None:
    """Return the kind of a layer's name, whatever its capitals; None for a name that is none."""
    return KINDS.get(name) or KINDS.get(_LOWER.get(name.lower(), ""))


def meaningless(name: str) -> bool:
    """Return whether a name is one of the language's that means nothing: its makers' plans, and any `FooEncoder`."""
    return name in MEANINGLESS or name.endswith("Encoder")
