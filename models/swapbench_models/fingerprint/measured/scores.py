"""Scores: what a model's view of the unusual is worth to those who look into its alerts."""

from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

BUDGET = 0.05  # of all rows are looked into


def average_precision(incidents: Any, unusual: Any) -> float:
    """Return the area under precision over recall, stepwise, of rows that are part of an incident (not 0); the share of
    such rows is what chance gets."""
    return float(average_precision_score(np.asarray(incidents) > 0, unusual))


def recall_at_budget(incidents: Any, unusual: Any) -> float:
    """Return the share of incidents of which a row is among the most unusual, of which as many are looked into as the
    budget allows; rows that are equally unusual come in their order. Without any incident it is 1."""
    looked_into = np.argsort(-np.asarray(unusual), kind="stable")[: max(1, round(BUDGET * len(unusual)))]
    all_of_them, found = (set(np.unique(part)) - {0} for part in (incidents, np.asarray(incidents)[looked_into]))
    return len(found) / len(all_of_them) if all_of_them else 1.0
