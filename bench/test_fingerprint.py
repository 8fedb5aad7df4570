"""Which autoencoder finds the anomalies among people's logins, at what cost, and what is gained by training at once?

`fingerprint_costs` adds, from profile standard on, what preparing the rows takes, which is the same for every model,
and how long each trains to the same loss.
"""

from swapbench import Dataset, Metric, Model, Phase, Profile, Suite

FAMILY = "swapbench_models.fingerprint.measured"
ESTIMATOR = f"{FAMILY}.estimator"
FITTED, STACKED = {"torch": f"{ESTIMATOR}:alone"}, {"stacked": {"torch": f"{ESTIMATOR}:together"}}
# Adam and few epochs for a quick answer; `paper` is how the reference trains.
QUICK = {"optimizer": "adam", "epochs": 3, "target_losses": {"duo": 0.9, "azure": 1.0}}
PROFILES = {"standard": {"epochs": 15}, "paper": {"optimizer": "sgd", "epochs": 30}}

MODELS = {
    name: Model(FITTED, {"model": name, **QUICK}, PROFILES, variants=STACKED)
    for name in ("ae", "rae", "ae-matched", "rae-equal")
}
LOGINS = {
    source: Dataset(
        f"{FAMILY}.datasets:logins",
        options={"source": source, "users": 4, "days": 30, "anomalies": 0.1},
    )
    for source in ("duo", "azure")
}
OVER_TIME = "swapbench_models.training.folds:over_time"

suite = Suite(
    "fingerprint",
    models=MODELS,
    datasets=LOGINS,
    metrics=[
        Metric("average_precision", f"{FAMILY}.scores:average_precision", bounds=(0.0, 1.0)),
        Metric("recall_at_budget", f"{FAMILY}.scores:recall_at_budget", bounds=(0.0, 1.0)),
        # A mean of squares and cross-entropies.
        Metric(
            "validation_loss",
            f"{ESTIMATOR}:validation_loss",
            better="lower",
            of="model",
            bounds=(0.0, None),
        ),
    ],
    # Trained in a stack or alone, a model learns the same. The detections follow from it, and over three folds of few
    # anomalies nothing shows of them by how little they differ.
    tolerances={"validation_loss": "5%"},
    split=OVER_TIME,
    # Fewer than three folds have no interval.
    profiles={"quick": Profile(3, 1)},
    # Of the two controls for size, a quick answer has the one of `ae`'s size, which costs half as much.
    exclude=[{"model": "ae-matched", "profile": "quick"}],
    reference="ae-torch",
)
test_fit, test_predict = suite.tests()

costs = Suite(
    "fingerprint_costs",
    models=MODELS,
    datasets=LOGINS,
    phases=[Phase("prepare", part="train"), Phase("reach", part="train", labels=True)],
    split=OVER_TIME,
    reference="ae-torch",
    since="standard",
)
test_prepare, test_reach = costs.tests()
