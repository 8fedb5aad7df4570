"""How far is training from the matrix products that it cannot do without, and from the reference's way of working?

(a) `fingerprint_one`: one model on 20,000 rows. (b) `fingerprint_wide`: models of many users with 300 rows each.
(c) `fingerprint_narrow`: the same with narrow layers. (d) `fingerprint_events`: preparing 100,000 events. They prove
what docs/fingerprint.md claims and take part from profile standard on.
"""

from typing import Any

from swapbench import Backend, Dataset, Model, Phase, Profile, Suite

TRAINERS = "swapbench_models.fingerprint.measured.rivals.trainers"
SIZES = {"standard": Profile(1, 3), "paper": Profile(1, 10)}
SINCE = "standard"
TRAIN = Phase("train", part="all", after="prepare")
MANY = Dataset(f"{TRAINERS}:rows", options={"users": 200, "each": 300})
EQUAL = {"encoder_layers": [512, 512], "decoder_layers": [512]}
NARROW = {"encoder_layers": [64, 50], "decoder_layers": [64]}


def one(way: str, **spec: Any) -> Model:
    """One model of all rows, trained in one of the ways."""
    return Model({"torch": f"{TRAINERS}:{way}"}, {"users": 1, "epochs": 5, **spec})


def many(epochs: int, *ways: str, **spec: Any) -> Model:
    """Models of 200 users, trained in one way or in both of ours, for so many epochs."""
    plain, *stacked = ({"torch": f"{TRAINERS}:{way}"} for way in ways)
    variants = dict(zip(["stacked"], stacked, strict=False))
    return Model(plain, {"users": 200, "epochs": epochs, **spec}, variants=variants)


single = Suite(
    "fingerprint_one",
    models={
        "limit": one("Limit"),
        "ae": one("Alone"),
        "reference": one("Reference"),
        "ae-equal": one("Alone", **EQUAL),
        "rae-equal": one("Alone", model="rae-equal"),
        "rae": one("Alone", model="rae"),
        "rae-limit": one("Limit", model="rae"),
    },
    dataset=Dataset(f"{TRAINERS}:rows", options={"users": 1, "each": 20_000}),
    phases=[TRAIN],
    profiles=SIZES,
    since=SINCE,
)
(test_one,) = single.tests()

wide = Suite(
    "fingerprint_wide",
    models={
        "limit": many(10, "Limit"),
        "ae": many(10, "Alone", "Together"),
        "reference": many(10, "Reference"),
    },
    dataset=MANY,
    phases=[TRAIN],
    profiles=SIZES,
    since=SINCE,
)
(test_wide,) = wide.tests()

narrow = Suite(
    "fingerprint_narrow",
    models={
        "limit": many(30, "Limit", **NARROW),
        "ae": many(30, "Alone", "Together", **NARROW),
        "reference": many(30, "Reference", **NARROW),
    },
    dataset=MANY,
    phases=[TRAIN],
    profiles=SIZES,
    since=SINCE,
    reference="ae-torch",
)
(test_narrow,) = narrow.tests()

EVENTS = "swapbench_models.fingerprint.measured.rivals.events"
events = Suite(
    "fingerprint_events",
    models={
        "duo": {"polars": f"{EVENTS}:Ours", "pandas": f"{EVENTS}:Reference"},
    },
    dataset=Dataset(f"{EVENTS}:log", options={"users": 200, "count": 100_000}),
    phases=[Phase("prepare", part="all")],
    profiles=SIZES,
    since=SINCE,
    backends={
        name: Backend(name, name, (name, "sklearn.model_selection"), (name, "numpy")) for name in ("polars", "pandas")
    },
    reference="duo-polars",
)
(test_events,) = events.tests()
