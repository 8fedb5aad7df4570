"""The catalogue: every model of the family, with the target of its factory.

A factory takes the name, `profile`, `seed` and `architecture`, and `on`, the files of the trained models that this one
stands on, by their names. The order is that in which they are trained: what others stand on comes first.
"""

from collections.abc import Mapping

PROFILES = ("quick", "standard", "paper")
ARCHITECTURES = ("dqnfusion", "kdgat")
DATASETS = ("hcrl_ch", "hcrl_sa", "set_01", "set_02", "set_03", "set_04")
# How many seconds of a recording say what is usual on its bus; the generated ones of profile quick are short.
OPENING_S: Mapping[str, float] = {"quick": 1.0, "standard": 5.0, "paper": 5.0}
# The forms in which a log can be written; `auto` finds out which by its beginning.
LOG_FORMS = ("auto", "can-train-and-test", "hcrl-csv", "hcrl-txt", "survival", "candump", "asc", "trc", "blf")
FUSIONS = ("dqn", "bandit", "mixture")

_HERE = "swapbench_models.can.create"
MODELS: Mapping[str, str] = {
    "all_flagged": f"{_HERE}:simple",
    "rule": f"{_HERE}:simple",
    "between": f"{_HERE}:simple",
    "logistic_regression": f"{_HERE}:simple",
    "logistic_regression_ids": f"{_HERE}:simple",
    "logistic_regression_calibrated": f"{_HERE}:simple",
    "logistic_regression_paired": f"{_HERE}:simple",
    "boosting": f"{_HERE}:simple",
    "boosting_ids": f"{_HERE}:simple",
    "boosting_calibrated": f"{_HERE}:simple",
    "boosting_paired": f"{_HERE}:simple",
    "teacher": f"{_HERE}:graph",
    "student": f"{_HERE}:graph",
    "student_alone": f"{_HERE}:graph",
    "fusion_dqn": f"{_HERE}:fused",
    "fusion_bandit": f"{_HERE}:fused",
    "fusion_mixture": f"{_HERE}:fused",
    "timing": f"{_HERE}:timing",
}
# The models that each stands on; the others stand on recordings alone.
STANDS_ON: Mapping[str, tuple[str, ...]] = {
    "student": ("teacher",),
    **dict.fromkeys([f"fusion_{how}" for how in FUSIONS], ("teacher", "student")),
}
# Those that draw nothing: they come to the same for every seed.
SEEDLESS = (
    "all_flagged",
    "rule",
    "between",
    "logistic_regression",
    "logistic_regression_ids",
    "logistic_regression_calibrated",
    "logistic_regression_paired",
)
