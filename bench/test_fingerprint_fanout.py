"""Is a second model trained on the same stream for free? Two autoencoders alone, in sequence and at once.

Preparation is not on the clock. At once is faster only where there is a core for each: `--swap-threads 2`. The whole
way from files to a store, with preparing and writing told apart: `python -m models.fingerprint parallel`.
"""

from typing import Any

from harness import Dataset, Model, Phase, Profile, Suite

BOTH = ("ae", "rae")


def arm(*models: str, schedule: str = "sequence") -> Model:
    """Models trained on a schedule, in profile quick on a part of the rows."""
    full: dict[str, Any] = {"most": None, "epochs": 5}
    return Model(
        {"torch": "models.fingerprint.fanout.cell:FanOut"},
        {"models": models, "schedule": schedule, "most": 4000, "epochs": 2},
        {"standard": full, "paper": full},
    )


suite = Suite(
    "fingerprint_fanout",
    models={
        "ae": arm("ae"),
        "rae": arm("rae"),
        "sequence": arm(*BOTH),
        "processes": arm(*BOTH, schedule="processes"),
        "threads": arm(*BOTH, schedule="threads"),
    },
    dataset=Dataset("models.fingerprint.rivals.trainers:rows", options={"users": 1, "each": 20_000}),
    phases=[Phase("train", part="all", after="prepare")],
    profiles={"quick": Profile(1, 2), "standard": Profile(1, 5), "paper": Profile(1, 10)},
)
(test_train,) = suite.tests()
