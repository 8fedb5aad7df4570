"""Which autoencoder finds the anomalies among people's logins, at what cost, and what is gained by training at once?"""

from dataclasses import replace

from harness import BACKENDS, Dataset, Metric, Model, Phase, Profile, Suite

ESTIMATOR = "models.fingerprint.estimator"
FITTED = {"torch": f"{ESTIMATOR}:alone", "torch-stacked": f"{ESTIMATOR}:together"}
# Adam and few epochs for a quick answer; `paper` is how the reference trains.
QUICK = {"optimizer": "adam", "epochs": 4, "target_losses": {"duo": 0.9, "azure": 1.0}}
PROFILES = {"standard": {"epochs": 15}, "paper": {"optimizer": "sgd", "epochs": 30}}

suite = Suite(
    "fingerprint",
    models={
        name: Model(FITTED, {"model": name, **QUICK}, PROFILES) for name in ("ae", "rae", "ae-matched", "rae-equal")
    },
    datasets={
        source: Dataset(
            "models.fingerprint.datasets:logins",
            options={"source": source, "users": 5, "days": 30, "anomalies": 0.1},
        )
        for source in ("duo", "azure")
    },
    phases=[Phase("prepare", part="train"), "fit", "predict", Phase("reach", part="train", labels=True)],
    metrics=[
        Metric("average_precision", "models.fingerprint.scores:average_precision", bounds=(0.0, 1.0)),
        Metric("recall_at_budget", "models.fingerprint.scores:recall_at_budget", bounds=(0.0, 1.0)),
        Metric(
            "validation_loss",
            "models.fingerprint.scores:validation_loss",
            better="lower",
            of="model",
            bounds=(0.0, None),
        ),
    ],
    split="models.fingerprint.datasets:over_time",
    profiles={"quick": Profile(2, 2)},
    backends={"torch-stacked": replace(BACKENDS["torch"], name="torch-stacked")},
    reference="ae-torch",
)
test_prepare, test_fit, test_predict, test_reach = suite.tests()
