"""Digital fingerprinting of logins: models of what people usually do, and what they make of what they did."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swapbench_models.fingerprint.model.autoencoder import AutoEncoder, ResidualAutoEncoder

__all__ = ["AutoEncoder", "ResidualAutoEncoder"]


def __getattr__(name: str) -> Any:
    """Import the models when they are asked for: logs and schemas do not need torch."""
    if name in __all__:
        from swapbench_models.fingerprint.model import autoencoder

        return getattr(autoencoder, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
