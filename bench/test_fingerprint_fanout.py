"""Is a second model trained on the same stream for free? Two autoencoders alone, in sequence and at once.

Preparation is not on the clock. At once is faster only where there is a core for each: `--swap-threads 2`. The whole
way from files to a store, with preparing and writing told apart: `python -m swapbench_models.fingerprint parallel`.
The suite proves a claim of docs/fingerprint.md and takes part from profile standard on.
"""

from swapbench import Dataset, Model, Phase, Profile, Suite

BOTH = ("ae", "rae")


def arm(*models: str, schedule: str = "sequence") -> Model:
    """Models trained on a schedule."""
    spec = {"models": list(models), "schedule": schedule, "epochs": 5}
    return Model({"torch": "swapbench_models.fingerprint.measured.fanout.cell:FanOut"}, spec)


suite = Suite(
    "fingerprint_fanout",
    models={
        "ae": arm("ae"),
        "rae": arm("rae"),
        "sequence": arm(*BOTH),
        "processes": arm(*BOTH, schedule="processes"),
        "threads": arm(*BOTH, schedule="threads"),
    },
    dataset=Dataset("swapbench_models.fingerprint.measured.rivals.trainers:rows", options={"users": 1, "each": 20_000}),
    phases=[Phase("train", part="all", after="prepare")],
    profiles={"standard": Profile(1, 5), "paper": Profile(1, 10)},
    since="standard",
)
(test_train,) = suite.tests()
