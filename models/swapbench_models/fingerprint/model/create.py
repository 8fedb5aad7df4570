"""Models made by their names in the catalogue."""

from typing import Any

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.model.autoencoder import KINDS, AutoEncoder
from swapbench_models.fingerprint.model.catalogue import MODELS


def create(name: str, **choices: Any) -> AutoEncoder:
    """Return a model that has not been fitted; `choices` replace options. Raises FingerprintError for other names."""
    if name not in MODELS:
        raise FingerprintError(f"There is no model '{name}'; choose one of {', '.join(MODELS)}.")
    block, given = MODELS[name]
    return KINDS[block](**{**given, **choices})
