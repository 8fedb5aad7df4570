"""Other tools' rules, replayed on the samples that the gate saw.

These tools measure one commit and then the other, so they are given the first processes of one side and the last of the
other: samples taken in step would flatter them.
"""

from collections.abc import Callable, Mapping
from itertools import chain
from statistics import fmean, median

from swapbench.commands.selfcheck.gate.trial import Compared

_PROCESSES = 2  # asv's default `processes`


def _first(statistic: Callable[[list[float]], float]) -> Callable[[Compared], bool]:
    """pytest-benchmark's --benchmark-compare-fail=STATISTIC:5%: the calls of one process on each side."""
    return lambda made: statistic(made.after[-1]) > 1.05 * statistic(made.before[0])


def _asv(made: Compared) -> bool:
    """asv's rule (asv_runner.statistics.is_different and the factor of `asv continuous`): Mann-Whitney on pooled calls
    with p < 0.002, and medians apart by a factor of 1.1."""
    from scipy.stats import mannwhitneyu

    before, after = [*chain(*made.before[:_PROCESSES])], [*chain(*made.after[-_PROCESSES:])]
    return median(after) > 1.1 * median(before) and bool(mannwhitneyu(before, after).pvalue < 0.002)


RULES: Mapping[str, Callable[[Compared], bool]] = {
    "pytest-benchmark mean:5%": _first(fmean),
    "pytest-benchmark min:5%": _first(min),
    "asv": _asv,
}
