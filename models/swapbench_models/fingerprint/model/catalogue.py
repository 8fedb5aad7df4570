"""The catalogue: models and variants by name, the one place where a model is swapped for another.

Nothing here computes, so that whoever only names them need not wait for torch.
"""

from collections.abc import Mapping
from typing import Any

from swapbench_models.fingerprint.model.options import Block

# ae-matched has about as many parameters as rae, whose projections double its layers; rae-equal has layers of equal
# width, so that its skips are identities.
MODELS: Mapping[str, tuple[Block, Mapping[str, Any]]] = {
    "ae": ("plain", {}),
    "rae": ("residual", {}),
    "ae-matched": ("plain", {"encoder_layers": (724, 710), "decoder_layers": (724,)}),
    "rae-equal": ("residual", {"encoder_layers": (512, 512), "decoder_layers": (512,)}),
}
VARIANTS = ("stacked",)  # many models trained at once; the plain one, without a name, is one after the other
