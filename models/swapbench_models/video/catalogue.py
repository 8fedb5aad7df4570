"""The catalogue: every model of the family, with the target of its factory.

A factory takes `num_classes`, `profile` and `seed`. Their order is that in which they are trained: what takes least
comes first.
"""

from collections.abc import Mapping

PROFILES = ("quick", "standard", "paper")

_HERE = "swapbench_models.video"
MODELS: Mapping[str, str] = {
    "logistic_regression": f"{_HERE}.classifier.pipelines:logistic_regression",
    "svm": f"{_HERE}.classifier.pipelines:svm",
    "naive_cnn": f"{_HERE}.networks.naive_cnn:create",
    "vit_gru": f"{_HERE}.networks.vit:create_gru",
    "vit_transformer": f"{_HERE}.networks.vit:create_transformer",
    "slowfast": f"{_HERE}.networks.slowfast:create",
    "x3d": f"{_HERE}.networks.x3d:create",
}
# Those that are given handcrafted features, and no frames.
HANDCRAFTED = ("logistic_regression", "svm")
# The clips that a network is for, by profile: frames, and pixels of each side.
CLIPS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "quick": {
        "naive_cnn": (8, 64),
        "vit_gru": (8, 64),
        "vit_transformer": (8, 64),
        "slowfast": (8, 64),
        "x3d": (8, 64),
    },
    "standard": {
        "naive_cnn": (8, 112),
        "vit_gru": (8, 112),
        "vit_transformer": (8, 112),
        "slowfast": (16, 112),
        "x3d": (16, 112),
    },
    "paper": {
        "naive_cnn": (8, 224),
        "vit_gru": (8, 224),
        "vit_transformer": (8, 224),
        "slowfast": (32, 256),
        "x3d": (16, 224),
    },
}
