"""Footnotes: what must be known to read a table of F1, and no more than what it holds."""

from collections.abc import Sequence

from swapbench_models.can.runs.compared.comparison import Line
from swapbench_models.can.runs.compared.leading import listed

_HOW_FAR = "how far seeds move it, and not how far other recordings would."


def footnotes(found: Sequence[Line]) -> list[str]:
    """Return sentences on the lines of a table."""
    known = [line for line in found if line.values("f1")]
    told = ["In brackets behind F1 the area under the ROC curve."] if known else []
    told += _seeds([line for line in known if line.draws])
    if still := _models([line for line in known if not line.draws]):
        draw = "draws nothing, and is" if len(still) == 1 else "draw nothing, and are"
        told.append(f"{listed(still)} {draw} the same for every seed, on these recordings.")
    if any(line.judged and not line.values("f1") for line in found):
        told.append("It is undefined where windows are of one class: all attacked, or none.")
    return told


def _seeds(drawn: Sequence[Line]) -> list[str]:
    """Return what is to be said of lines of which each seed may come to something else."""
    several = [line for line in drawn if len(line.values("f1")) > 1]
    alone = [line for line in drawn if line not in several]
    if not several:
        small = "what differs by little may not with another, or on other recordings"
        return [f"Rows that draw are of {_range(alone)} alone: {small}."] if alone else []
    fixed = [line for line in several if line.fixed("f1")]
    if len(fixed) == len(several):
        told = [f"Rows that draw are of {_range(several)}, which come to the same, on these recordings."]
    else:
        same = ", except where all come to the same" if fixed else ""
        between = f"in square brackets its 95 % interval (t){same}"
        told = [f"Rows that draw have the mean of {_range(several)}, {between}: {_HOW_FAR}"]
    return [*told, *([f"Of {listed(_models(alone))} there is one seed alone, and so no interval."] if alone else [])]


def _models(found: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line.model for line in found))


def _range(found: Sequence[Line]) -> str:
    """Return in words which seeds lines are of."""
    seeds = sorted({seed for line in found for seed in line.judged})
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    whole = len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1))
    return f"seeds {seeds[0]} to {seeds[-1]}" if whole else f"seeds {listed([str(each) for each in seeds])}"
