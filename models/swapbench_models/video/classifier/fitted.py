"""Fitted: what a file of a trained network says, checked before any of it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from swapbench_models.video.error import VideoError
from swapbench_models.video.networks.weights import check_numbers


@dataclass(frozen=True)
class Fitted:
    """Weights by name, how many clips they were trained on at a time, how many classes they tell apart, and whether the
    backbone is frozen."""

    model: Mapping[str, Tensor]
    batch_size: int
    classes: int
    frozen: bool

    @classmethod
    def checked(cls, path: Path, values: Mapping[str, Any]) -> "Fitted":
        """Return what the values of a file say; raises VideoError, which names it and what is missing or cannot be."""
        found: list[Any] = [values.get(name) for name in cls.__dataclass_fields__]
        made = cls(*found)
        expected = {
            "batch_size": ("a whole number from 1 on", type(made.batch_size) is int and made.batch_size >= 1),
            "classes": ("a whole number from 2 on", type(made.classes) is int and made.classes >= 2),
            "frozen": ("true or false", type(made.frozen) is bool),
            "model": ("weights by name", isinstance(made.model, Mapping)),
        }
        for name, (what, holds) in expected.items():
            if not holds:
                raise VideoError(f"{path}: holds no trained network, for {name} is not {what}; fit it again.")
        check_numbers(path, made.model)
        return made
