"""Findings: what follows from the numbers by rule, in sentences, each no surer than its intervals."""

from collections.abc import Iterable, Iterator, Sequence

from swapbench_models.neural.report.aggregate import Aggregate, Compared
from swapbench_models.neural.report.equivalence import SCORES, Check
from swapbench_models.neural.report.figures import between, percent, score, seconds
from swapbench_models.neural.report.gap import joined
from swapbench_models.neural.report.pair import Pair


def findings(found: Aggregate) -> Iterator[str]:
    """Yield a sentence on each: overhead, times, memory, predictions, equivalence, lines."""
    yield _overhead(found)
    yield _compared("Building", "slower", "faster", found.building)
    yield _compared("Training", "slower", "faster", found.training)
    yield _compared("Prediction", "slower", "faster", found.prediction)
    yield _compared("Memory of training", "larger", "smaller", found.memory)
    yield _predictions(found.pairs)
    yield _equivalence(found)
    yield _lines(found.pairs)


def failures(pairs: Sequence[Pair]) -> list[str]:
    """Return a sentence for each pair that is not equivalent, and for what was to be measured and was not."""
    apart = [
        f"NOT EQUIVALENT: {pair.name}, {' and '.join(map(told, _failed(pair)))}."
        for pair in pairs
        if pair.equivalent is False
    ]
    return apart + [sentence for sentence, bad in gaps(pairs) if bad]


def gaps(pairs: Sequence[Pair]) -> Iterator[tuple[str, bool]]:
    """Yield what was not measured, and whether it was to be."""
    for pair in pairs:
        for way, side in (("native", pair.native), ("compiled", pair.compiled)):
            for gap in side.gaps:
                yield f"{pair.name}, {way}, {gap.sentence()}.", gap.bad


def told(check: Check) -> str:
    """Return a check's mean difference, and what is allowed."""
    mean = f"{SCORES[check.metric]} {score(check.difference, '+')}{between(check.interval, '+')}"
    return f"{mean}, allowed less than {check.limit:g}"


def _overhead(found: Aggregate) -> str:
    mean = found.overhead
    if mean is None:
        return "Overhead: parsing and generating were not measured."
    known = [pair for pair in found.pairs if pair.overhead is not None]
    span = f" on average ({seconds(mean.least)} to {seconds(mean.most)})" if mean.n > 1 else ""
    shares = [
        100 * pair.overhead / fit.median
        for pair in known
        if pair.overhead is not None and (fit := pair.compiled.time("fit")) is not None and fit.median
    ]
    share = f", at most {max(shares):.2g} % of one training of the same network" if shares else ""
    where = _some([pair.name for pair in known], len(found.pairs))
    return f"Overhead: parsing and generating take {seconds(mean.value)}{span} in {where}{share}."


def _compared(what: str, more: str, less: str, found: Compared) -> str:
    """Say in which pairs the compiled side is shown to take more, or less, and in which neither is shown, and why."""
    if not found.each:
        return f"{what}: no pair has both sides."
    parts = []
    for kind, word in (("more", more), ("less", less)):
        shown = [f"{pair.name} ({percent(one.percentage)})" for pair, one in found.shown(kind)]
        parts += [f"compiled is {word} than native in {joined(shown)}"] if shown else []
    reasons: dict[str, list[str]] = {}
    for pair, one in found.shown(""):
        reasons.setdefault(one.unshown, []).append(pair.name)
    unshown = [f"in {_some(names, len(found.each))} ({why})" for why, names in reasons.items()]
    parts += [f"not distinguishable {', '.join(unshown)}"] if unshown else []
    return f"{what}: {'; '.join(parts)}."


def _predictions(pairs: Iterable[Pair]) -> str:
    known = [pair for pair in pairs if pair.identical is not None]
    if not known:
        return "Predictions: no pair has both sides."
    same, others = ([pair.name for pair in known if pair.identical is kind] for kind in (True, False))
    parts = [f"the same, bit for bit, in {_some(same, len(known))}"] if same else []
    parts += [f"not the same to the last bit in {_some(others, len(known))}"] if others else []
    return f"Predictions of native and compiled: {'; '.join(parts)}."


def _equivalence(found: Aggregate) -> str:
    passed, failed, unchecked = (found.having(kind) for kind in (True, False, None))
    parts = [f"passed by {_some([pair.name for pair in passed], len(found.pairs))}"] if passed else []
    parts += [f"NOT EQUIVALENT: {pair.name} ({' and '.join(map(told, _failed(pair)))})" for pair in failed]
    parts += [f"not checked: {joined(pair.name for pair in unchecked)}"] if unchecked else []
    reaching = [pair.name for pair in passed if any(check.open for check in pair.checks)]
    parts += [f"of {joined(reaching)} the intervals reach beyond what is allowed"] if reaching else []
    return f"Equivalence: {'; '.join(parts)}."


def _lines(pairs: Iterable[Pair]) -> str:
    counts = [
        f"{pair.name} {theirs.value:.0f} and {ours.value:.0f}"
        for pair in pairs
        if (ours := pair.compiled.score("lines_of_code")) and (theirs := pair.native.score("lines_of_code"))
    ]
    return f"Lines of native code and of text: {'; '.join(counts)}." if counts else "Lines: no pair has both sides."


def _some(names: Sequence[str], all_of: int) -> str:
    """Name some pairs, or say that it is all of them."""
    if len(names) != all_of or all_of < 2:
        return joined(names)
    return "both pairs" if all_of == 2 else f"all {all_of} pairs"


def _failed(pair: Pair) -> list[Check]:
    return [check for check in pair.checks if check.status == "NOT EQUIVALENT"]
