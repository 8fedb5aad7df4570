"""Footnotes: what must be known to read a table of F1, and no more than what it holds."""

from collections.abc import Sequence

from swapbench_models.can.runs.compared.comparison import Line
from swapbench_models.can.runs.compared.leading import listed

_HOW_FAR = "how far seeds move it, and not how far other recordings would."


def footnotes(found: Sequence[Line]) -> list[str]:
    """Return sentences on the lines of a table."""
    known = [line for line in found if line.values("f1")]
    drawn = [line for line in known if not line.exact]
    exact = list(dict.fromkeys(line.model for line in known if line.exact))
    told = ["In brackets behind F1 the area under the ROC curve."] if known else []
    told += _seeds(drawn)
    if exact:
        draws = "draws nothing, and is" if len(exact) == 1 else "draw nothing, and are"
        told.append(f"{listed(exact)} {draws} the same for every seed, on these recordings.")
    if any(line.judged and not line.values("f1") for line in found):
        told.append("It is undefined where windows are of one class: all attacked, or none.")
    return told


def _seeds(drawn: Sequence[Line]) -> list[str]:
    if not drawn:
        return []
    seeds = sorted({seed for line in drawn for seed in line.judged})
    if all(len(line.values("f1")) < 2 for line in drawn):
        which = f"seed {seeds[0]} alone" if len(seeds) == 1 else "one seed"
        return [f"Rows that draw are of {which}: what differs by little may not with another, or on other recordings."]
    means = f"Rows that draw have the mean of {_range(seeds)}, in square brackets its 95 % interval (t): {_HOW_FAR}"
    alone = list(dict.fromkeys(line.model for line in drawn if len(line.values("f1")) < 2))
    return [means, *([f"Of {listed(alone)} there is one seed alone, and so no interval."] if alone else [])]


def _range(seeds: Sequence[int]) -> str:
    whole = seeds == list(range(seeds[0], seeds[-1] + 1))
    return f"seeds {seeds[0]} to {seeds[-1]}" if whole else f"seeds {listed([str(each) for each in seeds])}"
