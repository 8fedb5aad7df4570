"""Video: classifiers of clips, from linear ones over handcrafted features to SlowFast and X3D."""

from typing import TYPE_CHECKING, Any

from swapbench_models.video.create import create
from swapbench_models.video.memory import MEMORY

if TYPE_CHECKING:
    from swapbench_models.video.networks.pretrained import load_pretrained

__all__ = ["MEMORY", "create", "load_pretrained"]


def __getattr__(name: str) -> Any:
    """Import what needs torch when it is asked for: a list of the models does not."""
    if name == "load_pretrained":
        from swapbench_models.video.networks.pretrained import load_pretrained

        return load_pretrained
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
