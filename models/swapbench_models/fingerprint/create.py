"""Models by name: the one place where one is swapped for another."""

from collections.abc import Mapping
from typing import Any

from swapbench_models.fingerprint.autoencoder import AutoEncoder, ResidualAutoEncoder
from swapbench_models.fingerprint.error import FingerprintError

# ae-matched has about as many parameters as rae, whose projections double its layers; rae-equal has layers of equal
# width, so that its skips are identities.
MODELS: Mapping[str, tuple[type[AutoEncoder], Mapping[str, Any]]] = {
    "ae": (AutoEncoder, {}),
    "rae": (ResidualAutoEncoder, {}),
    "ae-matched": (AutoEncoder, {"encoder_layers": (724, 710), "decoder_layers": (724,)}),
    "rae-equal": (ResidualAutoEncoder, {"encoder_layers": (512, 512), "decoder_layers": (512,)}),
}


def create(name: str, **choices: Any) -> AutoEncoder:
    """Return a model that has not been fitted; `choices` replace options. Raises FingerprintError for other names."""
    if name not in MODELS:
        raise FingerprintError(f"There is no model '{name}'; choose one of {', '.join(MODELS)}.")
    kind, given = MODELS[name]
    return kind(**{**given, **choices})
