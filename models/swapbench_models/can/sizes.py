"""Sizes: how many numbers each model trains in each profile, in the order of training.

Literal, so that whoever lists models waits for no library; a test holds them against the models. Networks that know
identifiers are counted with 35 of them, as in what is published; a fusion's are its own, without those that it stands
on. None where it depends on what is learned from.
"""

from collections.abc import Mapping

Sizes = Mapping[str, int | None]
_PROFILES = ("quick", "standard", "paper")
_STUDENT: Sizes = {"quick": 1_881, "standard": 43_973, "paper": 43_973}
_STUDENT_KDGAT: Sizes = {"quick": 2_470, "standard": 25_550, "paper": 320_942}

SIZES: Mapping[str, Sizes] = {
    "all_flagged": dict.fromkeys(_PROFILES, 0),
    "rule": dict.fromkeys(_PROFILES, 0),
    "between": dict.fromkeys(_PROFILES, 1),
    "logistic_regression": dict.fromkeys(_PROFILES, 14),
    "logistic_regression_ids": dict.fromkeys(_PROFILES),
    "logistic_regression_calibrated": dict.fromkeys(_PROFILES, 5),
    "logistic_regression_paired": dict.fromkeys(_PROFILES, 9),
    "boosting": dict.fromkeys(_PROFILES),
    "boosting_ids": dict.fromkeys(_PROFILES),
    "boosting_calibrated": dict.fromkeys(_PROFILES),
    "boosting_paired": dict.fromkeys(_PROFILES),
    "teacher": {"quick": 4_789, "standard": 370_837, "paper": 3_589_781},
    "student": _STUDENT,
    "student_alone": _STUDENT,
    "fusion_dqn": dict.fromkeys(_PROFILES, 37_141),
    "fusion_bandit": dict.fromkeys(_PROFILES, 53),
    "fusion_mixture": dict.fromkeys(_PROFILES, 1),
    "timing": {"quick": 2_433, "standard": 48_675, "paper": 48_675},
}
# Those whose networks may be another architecture's.
KDGAT: Mapping[str, Sizes] = {
    "teacher": {"quick": 7_386, "standard": 180_670, "paper": 5_037_694},
    "student": _STUDENT_KDGAT,
    "student_alone": _STUDENT_KDGAT,
}
_NUMPY = ("all_flagged", "rule", "between")
_SKLEARN = tuple(name for name in SIZES if name.startswith(("logistic_regression", "boosting")))
BACKENDS = {name: "numpy" if name in _NUMPY else "sklearn" if name in _SKLEARN else "torch" for name in SIZES}
