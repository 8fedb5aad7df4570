"""A vision transformer that sees one frame at a time (Dosovitskiy and others, 2021), and a network over its frames."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from swapbench_models.training.seeding import seeded
from swapbench_models.video.networks.clips import checked
from swapbench_models.video.networks.temporal import Attentive, Recurrent
from swapbench_models.video.torchvision import ready

# What timm makes: its model, and where it is none that is published, how it differs.
BACKBONES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "quick": ("vit_tiny_patch16_224", {"img_size": 64, "embed_dim": 48, "depth": 2, "num_heads": 4}),
    "standard": ("vit_tiny_patch16_224", {"img_size": 112, "embed_dim": 96, "depth": 4, "num_heads": 4}),
    "paper": ("vit_base_patch16_224", {}),
}
RECURRENT: Mapping[str, Mapping[str, int]] = {"quick": {"units": 32}, "standard": {"units": 96}, "paper": {}}
ATTENTIVE: Mapping[str, Mapping[str, int]] = {
    "quick": {"heads": 4, "layers": 1, "feedforward": 96},
    "standard": {"heads": 4, "feedforward": 192},
    "paper": {},
}


class FramesInTime(nn.Module):
    """Clips (N, 3, T, H, W) in, logits (N, classes) out; a frame has as many pixels as the backbone was made for."""

    published_part: ClassVar[str] = "backbone"
    published_head: ClassVar[str] = "head"

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    def features(self, x: Tensor) -> Tensor:
        """Return what the backbone makes of each frame, (N, T, width): its [CLS] token, after the last norm."""
        clips = checked(x)
        tokens: Tensor = self.backbone(clips.transpose(1, 2).flatten(0, 1))
        return torch.unflatten(tokens, 0, (len(clips), -1))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(x))
        return logits

    def freeze(self) -> None:
        """Let the backbone stay as it is: its features can be kept, and the head trained on them."""
        self.backbone.requires_grad_(False)


def create_gru(*, num_classes: int, profile: str, seed: int) -> FramesInTime:
    """Return a backbone and a GRU, with weights drawn from the seed."""
    return _create(lambda width: Recurrent(width, num_classes, **RECURRENT[profile]), profile, seed)


def create_transformer(*, num_classes: int, profile: str, seed: int) -> FramesInTime:
    """Return a backbone and a transformer encoder, with weights drawn from the seed."""
    return _create(lambda width: Attentive(width, num_classes, **ATTENTIVE[profile]), profile, seed)


def _create(head: Callable[[int], nn.Module], profile: str, seed: int) -> FramesInTime:
    ready()
    import timm  # after torchvision, which it imports and which may have to be made ready for it

    name, changes = BACKBONES[profile]
    with seeded(seed):
        backbone = timm.create_model(name, pretrained=False, num_classes=0, global_pool="token", **changes)
        return FramesInTime(backbone, head(cast(int, backbone.num_features)))
