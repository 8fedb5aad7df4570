"""The catalogue: every model of the family, with the target of its factory.

A factory takes `profile` and `seed`; those of networks `architecture`, and those that stand on others take these, by
their names. The order is that in which they are trained: what others stand on comes first.
"""

from collections.abc import Mapping

PROFILES = ("quick", "standard", "paper")
ARCHITECTURES = ("dqnfusion", "kdgat")
DATASETS = ("hcrl_ch", "hcrl_sa", "set_01", "set_02", "set_03", "set_04")
FUSIONS = ("dqn", "bandit", "mixture")

_HERE = "swapbench_models.can"
MODELS: Mapping[str, str] = {
    "all_flagged": f"{_HERE}.simple.create:all_flagged",
    "rule": f"{_HERE}.simple.create:rule",
    "logistic_regression": f"{_HERE}.simple.create:logistic_regression",
    "boosting": f"{_HERE}.simple.create:boosting",
    "teacher": f"{_HERE}.detector.create:teacher",
    "student": f"{_HERE}.detector.create:student",
    "student_alone": f"{_HERE}.detector.create:student_alone",
    "fusion_dqn": f"{_HERE}.detector.create:fusion_dqn",
    "fusion_bandit": f"{_HERE}.detector.create:fusion_bandit",
    "fusion_mixture": f"{_HERE}.detector.create:fusion_mixture",
    "timing": f"{_HERE}.detector.create:timing",
}
# The models that each stands on; the others stand on recordings alone.
STANDS_ON: Mapping[str, tuple[str, ...]] = {
    "student": ("teacher",),
    **dict.fromkeys([f"fusion_{how}" for how in FUSIONS], ("teacher", "student")),
}
# Those that draw nothing: they come to the same for every seed.
SEEDLESS = ("all_flagged", "rule")
