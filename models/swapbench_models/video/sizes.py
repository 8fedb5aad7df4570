"""Sizes: how many numbers each model trains in each profile, and its multiply-adds for a clip, in order of training.

Literal, so that whoever lists models waits for no library; a test holds them against the models. They are those of two
classes. The linear models have a weight a feature and one more, and the second a slope and an offset that calibrate it;
what making their features takes is not counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Trained numbers, and multiply-adds of a forward pass over one clip; None where they are not counted."""

    parameters: int
    macs: int | None = None


SIZES: Mapping[str, Mapping[str, Size]] = {
    "logistic_regression": dict.fromkeys(("quick", "standard", "paper"), Size(33)),
    "svm": dict.fromkeys(("quick", "standard", "paper"), Size(35)),
    "naive_cnn": {
        "quick": Size(6_633, 6_492_288),
        "standard": Size(101_793, 252_953_088),
        "paper": Size(101_793, 1_011_614_208),
    },
    "vit_gru": {
        "quick": Size(108_657, 12_793_376),
        "standard": Size(638_113, 222_093_408),
        "paper": Size(86_981_633, 140_513_919_232),
    },
    "vit_transformer": {
        "quick": Size(113_425, 12_836_400),
        "standard": Size(675_937, 222_412_896),
        "paper": Size(96_827_393, 140_592_759_552),
    },
    "slowfast": {
        "quick": Size(52_243, 8_384_672),
        "standard": Size(854_773, 394_091_136),
        "paper": Size(33_646_793, 65_707_975_680),
    },
    "x3d": {
        "quick": Size(58_121, 3_943_392),
        "standard": Size(283_309, 167_761_760),
        "paper": Size(2_976_723, 4_731_651_584),
    },
}
BACKENDS = {name: "sklearn" if name in ("logistic_regression", "svm") else "torch" for name in SIZES}
