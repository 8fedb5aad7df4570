"""Reward: what an agent is given for the share that it chose, by whether the alarm was right."""

import numpy as np
from numpy.typing import ArrayLike

from swapbench_models.can.fusion.actions import ALPHAS, THRESHOLD, Numbers, fused

_RIGHT = 3.0
_AGREEMENT, _CONFIDENCE, _SUREST = 1.0, 0.5, 0.3
_DISAGREEMENT, _OVERCONFIDENCE = 1.0, 1.5
_BALANCE = 0.3


def reward(first: ArrayLike, second: ArrayLike, labels: ArrayLike, alpha: ArrayLike) -> Numbers:
    """Return the rewards of shares for scores and labels, whose shapes broadcast; labels are 1 for an attack, or 0.

    Right: 3, the agreement of both scores, half the confidence (of an attack the greater score, of none what that lacks
    to 1) and 0.3 of the confidence of the surer source. Wrong: -3, less the disagreement and 1.5 of how sure the
    mixture was. Either: up to 0.3 for a share near a half. All as in the published agent (arXiv 2508.04845) for single
    samples. Nothing is clipped: where that one learns of batches it clips at 1, and the first term is all that is left.
    """
    a, b, attack = np.asarray(first, np.float64), np.asarray(second, np.float64), np.asarray(labels) == 1
    share = np.asarray(alpha, np.float64)
    mixed = fused(a, b, share)
    alarm, apart, greater = mixed > THRESHOLD, np.abs(a - b), np.maximum(a, b)
    surest = np.maximum(greater, 1 - np.minimum(a, b))  # of max(score, 1 - score), a source's confidence
    confidence = np.where(attack, greater, 1 - greater)
    right = _RIGHT + _AGREEMENT * (1 - apart) + _CONFIDENCE * confidence + _SUREST * surest
    wrong = -_RIGHT - _DISAGREEMENT * apart - _OVERCONFIDENCE * np.where(alarm, mixed, 1 - mixed)
    given: Numbers = np.where(alarm == attack, right, wrong) + _BALANCE * (1 - 2 * np.abs(share - 0.5))
    return given


def rewards(first: Numbers, second: Numbers, labels: ArrayLike) -> Numbers:
    """Return what each of ALPHAS would be given (n, 21) for scores and labels (n,)."""
    return reward(first[:, None], second[:, None], np.asarray(labels)[:, None], ALPHAS)
