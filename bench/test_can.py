"""What finds attacks on a vehicle's bus, at what cost, and what do graph networks add to simple things?

A cell is a model, a data set and a scenario: the published splits are the folds, known or unknown vehicles and attacks,
and after the last the first follows again under another seed. `graphs` is what it takes to turn frames into what a
network is given; `fit` and `predict` begin with frames. Data sets are generated; the published recordings of the same
names are read from `--swap-data`, from profile standard on.
"""

from swapbench import Dataset, Metric, Model, Phase, Profile, Suite
from swapbench_models.can.catalogue import DATASETS, FUSIONS

FAMILY = "swapbench_models.can.measured"
SCORES = f"{FAMILY}.scores"
SIMPLE, NETWORKS = f"{FAMILY}.simple", f"{FAMILY}.networks"
QUICK = {"profile": "quick"}
LARGER = {"standard": {"profile": "standard"}, "paper": {"profile": "paper"}}
# A batch that is declared is halved when a child runs out of memory.
GRAPHS = {profile: {"profile": profile, "batch_size": 64} for profile in ("standard", "paper")}
SHARES = ("precision", "recall", "f1", "false_positive_rate")


def simple(name: str, backend: str = "sklearn") -> Model:
    """Return a row that is no network."""
    return Model({backend: f"{SIMPLE}:row"}, {"model": name, **QUICK}, LARGER)


def graph(name: str, **needs: str) -> Model:
    """Return a row of networks over the published graphs."""
    return Model({"torch": f"{NETWORKS}:graph"}, {"model": name, **QUICK, "batch_size": 16}, GRAPHS, needs=needs)


def fused(kind: str) -> Model:
    """Return a row that mixes the scores of a teacher and its student."""
    needs = {"teacher": "teacher", "student": "student"}
    return Model({"torch": f"{NETWORKS}:fused"}, {"kind": kind, **QUICK}, LARGER, needs=needs)


NOT_FITTED = ("all_flagged", "rule")
TABULAR = [f"{learns}{of}" for learns in ("logistic_regression", "boosting") for of in ("", "_ids", "_calibrated")]
LARGE = {profile: {"profile": profile, "batch_size": 128} for profile in ("standard", "paper")}
MODELS = {
    **{name: simple(name, "python") for name in NOT_FITTED},
    **{name: simple(name) for name in ("between", *TABULAR)},
    "teacher": graph("teacher"),
    "student": graph("student", teacher="teacher"),
    "student_alone": graph("student_alone"),
    **{f"fusion_{kind}": fused(kind) for kind in FUSIONS},
    "timing": Model({"torch": f"{NETWORKS}:timed"}, {**QUICK, "batch_size": 16}, LARGE),
}
# Those that turn frames into graphs, each in a way of its own; students and fusions do as teachers.
IN_GRAPHS = ("teacher", "timing")
# Beside a quick answer, all rows on all data sets.
LATER = ("between", *TABULAR[1:], "fusion_bandit", "fusion_mixture", "student_alone")
GENERATED, FEW = {f"generated_{name}": name for name in DATASETS}, "generated_few"


def generated(name: str, profile: str) -> Dataset:
    return Dataset(f"{FAMILY}.datasets:generated", options={"dataset": name, "profile": profile})


suite = Suite(
    "can",
    models=MODELS,
    datasets={
        FEW: generated("hcrl_sa", "quick"),
        **{called: generated(name, "standard") for called, name in GENERATED.items()},
        **{
            name: Dataset(f"{FAMILY}.datasets:published", options={"dataset": name}, reads_files=True)
            for name in DATASETS
        },
    },
    phases=[Phase("graphs"), Phase("fit", part="train", labels=True, scored=True), "predict"],
    metrics=[
        "accuracy",
        *(
            Metric(name, f"{SCORES}:{name}", better="lower" if name.endswith("rate") else "higher", bounds=(0.0, 1.0))
            for name in SHARES
        ),
        Metric("matthews", f"{SCORES}:matthews", bounds=(-1.0, 1.0)),
        Metric("roc_auc", f"{SCORES}:roc_auc", of="probabilities", bounds=(0.0, 1.0)),
        Metric(
            "detection_latency",
            f"{SCORES}:detection_latency",
            of="model",
            better="lower",
            unit="windows",
            bounds=(0.0, None),
        ),
    ],
    split=f"{FAMILY}.splits:published",
    seeds="fold",
    exclude=[
        *({"model": name, "phase": "graphs"} for name in MODELS if name not in IN_GRAPHS),
        *({"model": name, "phase": "fit"} for name in NOT_FITTED),
        *({"dataset": name, "profile": "quick"} for name in (*GENERATED, *DATASETS)),
        *({"dataset": FEW, "profile": profile} for profile in LARGER),
        *({"dataset": FEW, "model": name} for name in LATER),
    ],
    profiles={"quick": Profile(4, 1), "standard": Profile(4, 1), "paper": Profile(20, 1)},
    reference="rule-python",
)
test_graphs, test_fit, test_predict = suite.tests()
