"""Which of seven models tells manipulated clips from real ones, at what cost?

Two are linear over handcrafted features, five are networks over frames. A cell is a model and a fold; `extract` is what
it takes to make the features, all of them anew. `fit` and `predict` begin with what is kept on disk of each clip, the
features, or the frames and their augmentations.
"""

from swapbench import Dataset, Metric, Model, Phase, Profile, Suite
from swapbench_models.video.catalogue import HANDCRAFTED, MODELS
from swapbench_models.video.memory import MEMORY

FAMILY = "swapbench_models.video.measured"
SCORES = f"{FAMILY}.scores"
SHARES = ("precision", "recall", "specificity", "f1")
# As large as the networks see them: what manipulation leaves is gone from a picture that was made smaller.
SMALL = {"clips": 24, "frames": 16, "size": 64}
LARGE = {"clips": 1680, "frames": 16, "size": 64}
# The networks of profile quick, for an hour of one core: those of profile standard would take most of a day.
LONGER = {"profile": "quick", "epochs": 20, "augmentations": 20}
# A batch that is declared is halved when a child is killed for memory.
BATCH = {"batch_size": 8, "accumulation": 1}


def model(name: str) -> Model:
    """Return a model of the catalogue with what each profile changes."""
    spec = {"model": name, "profile": "quick"}
    if name in HANDCRAFTED:
        return Model({"sklearn": f"{FAMILY}.handcrafted:estimator"}, spec)
    asked = MEMORY[name]
    paper = {"profile": "paper", "batch_size": asked["batch_size"], "accumulation": asked["gradient_accumulation"]}
    return Model({"torch": f"{FAMILY}.networks:estimator"}, spec | BATCH, {"standard": LONGER, "paper": paper})


suite = Suite(
    "video",
    models={name: model(name) for name in MODELS},
    datasets={
        "clips": Dataset(f"{FAMILY}.datasets:clips", options=SMALL),
        "many_clips": Dataset(f"{FAMILY}.datasets:clips", options=LARGE),
    },
    phases=[
        Phase("extract", part="all"),
        Phase("fit", part="train", labels=True, after="extract", scored=True),
        "predict",
    ],
    metrics=[
        "accuracy",
        *(Metric(name, f"{SCORES}:{name}", bounds=(0.0, 1.0)) for name in SHARES),
        Metric("roc_auc", f"{SCORES}:roc_auc", of="probabilities", bounds=(0.0, 1.0)),
    ],
    split="swapbench_models.training.folds:grouped",
    exclude=[
        {"backend": "torch", "phase": "extract"},
        {"dataset": "many_clips", "profile": "quick"},
        *({"dataset": "clips", "profile": profile} for profile in ("standard", "paper")),
    ],
    profiles={"quick": Profile(3, 1), "standard": Profile(3, 1), "paper": Profile(5, 1)},
    reference="logistic_regression-sklearn",
)
test_extract, test_fit, test_predict = suite.tests()
