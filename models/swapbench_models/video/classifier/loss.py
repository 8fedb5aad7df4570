"""Loss: what the logits of a network say of classes, and what that costs."""

import torch
from torch import Tensor
from torch.nn import functional


def outputs(classes: int) -> int:
    """Return how many logits tell so many classes apart: one for a yes or no, as published heads have it."""
    return 1 if classes == 2 else classes


def balanced(y: Tensor, classes: int) -> Tensor:
    """Return the weight of each example (n,), such that all classes weigh the same and examples one on average."""
    counts = torch.bincount(y, minlength=classes)
    return (len(y) / (classes * counts))[y]


def losses(logits: Tensor, y: Tensor) -> Tensor:
    """Return the cross-entropy (n,) of each example, in nats, of logits (n, 1) or (n, classes)."""
    if logits.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(logits[:, 0].float(), y.float(), reduction="none")
    return functional.cross_entropy(logits.float(), y, reduction="none")


def probabilities(logits: Tensor) -> Tensor:
    """Return the probability (n, classes) of each class, in double precision."""
    if logits.shape[1] == 1:
        second = logits.double().sigmoid()
        return torch.cat([1 - second, second], dim=1)
    return logits.double().softmax(dim=1)
