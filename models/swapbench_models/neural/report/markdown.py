"""The report as Markdown: summary, four tables a model, all pairs together, and what follows."""

from collections.abc import Iterator, Sequence
from typing import Any

from swapbench_models.neural.report import tables
from swapbench_models.neural.report.aggregate import Aggregate, Compared, Mean
from swapbench_models.neural.report.conditions import conditions
from swapbench_models.neural.report.figures import NOTHING, counted, mebibytes, percent, plain, score, seconds
from swapbench_models.neural.report.findings import findings, gaps
from swapbench_models.neural.report.pair import Pair
from swapbench_models.neural.report.run import Run

_TABLES = {
    "Overhead": tables.overhead,
    "Time": tables.times,
    "Memory": tables.memory,
    "Quality": tables.quality,
}
# Of what the instrument notes, what is worth telling: these results stand on few of many distributions.
_MACHINE = ("cpu", "cores", "architecture", "system")
_LIBRARIES = ("python", "numpy", "torch", "tensorflow", "keras", "jax", "onnx", "onnxruntime", "swapbench")
_WORDS = {True: "passed", False: "NOT EQUIVALENT", None: "not checked"}
_LEGEND = """\
Times and memory are medians over all rounds of all folds; ( ) is the 95 % interval of the median, which fewer than 6
rounds do not give (of memory 6 fork servers, for it is the same in all forks of one), and [ ] the quartiles where there
is none; n counts rounds. A difference is compiled less native. It is called more or less where the intervals lie apart,
and the medians by more than 2 % and 10 us (of memory 1 % and 0.5 MiB), which comes of where code happens to lie. ≈ is
not shown to differ. ! marks times that other load may have lengthened. Sums are of medians. Scores are means over
folds, ( ) their 95 % intervals; n counts folds and seeds. – was not measured, or cannot be."""


def markdown(run: Run, pairs: Sequence[Pair]) -> str:
    """Return the whole report."""
    found = Aggregate.of(pairs)
    lines = ["# Networks compiled from text, beside the same written by hand", "", *_conditions(run, pairs)]
    lines += ["", "## Summary", "", *_summary(pairs), "", _LEGEND]
    for model in dict.fromkeys(pair.model for pair in pairs):
        lines += ["", f"## {model}"]
        own = [pair for pair in pairs if pair.model == model]
        for title, made in _TABLES.items():
            lines += ["", f"### {title}", "", *made(own)]
    lines += ["", "## Aggregate", "", *_aggregate(found)]
    lines += ["", "## Key findings", "", *(f"- {plain(sentence)}" for sentence in findings(found))]
    lacking = [f"- {plain(sentence)}" for sentence, _ in gaps(pairs)]
    lines += ["", "## Not measured", "", *lacking] if lacking else []
    return "\n".join([*lines, ""])


def _conditions(run: Run, pairs: Sequence[Pair]) -> Iterator[str]:
    """Say what was measured, and where."""
    found = conditions(run, pairs)
    datasets = ", ".join(dict.fromkeys(pair.dataset for pair in pairs))
    words = [f"{name} {_in_words(found[name])}" for name in ("seed", "threads", "slot", "device")]
    yield (
        f"Run {plain(run.name)}{f' of commit {plain(run.commit)}' if run.commit else ''}, begun "
        f"{run.started:%Y-%m-%d %H:%M %Z}: profile {run.profile} on {datasets}, "
        f"{', '.join([counted(found['folds'], 'fold'), *words])}."
    )
    yield ""
    yield f"Machine: {_named(found['machine'], _MACHINE)}."
    yield f"Versions: {_named(found['versions'], _LIBRARIES)}."


def _named(value: Any, names: Sequence[str]) -> str:
    """Return the fields of a condition that are worth telling; where there are several, of each all that it is."""
    several = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]
    told = {name: list(dict.fromkeys(_in_words(each[name]) for each in several if name in each)) for name in names}
    return ", ".join(f"{name.replace('_', ' ')} {' or '.join(found)}" for name, found in told.items() if found)


def _in_words(value: Any) -> str:
    return plain(" or ".join(map(str, value)) if isinstance(value, list) else str(value))


def _summary(pairs: Sequence[Pair]) -> list[str]:
    headings = (
        "model",
        "backend",
        "overhead",
        "training",
        "prediction",
        "memory",
        "accuracy",
        "log loss",
        "equivalent",
    )
    return tables.table(headings, map(_line, pairs))


def _line(pair: Pair) -> Sequence[str]:
    compared = (pair.time("fit"), pair.time("predict"), pair.memory("fit"))
    shares = [NOTHING if one is None else f"{percent(one.percentage)}{'' if one.shown else ' ≈'}" for one in compared]
    scores = [score(check.difference, "+") for check in pair.checks]
    overhead = NOTHING if pair.overhead is None else seconds(pair.overhead)
    return pair.model, pair.where, overhead, *shares, *scores, _WORDS[pair.equivalent]


def _aggregate(found: Aggregate) -> list[str]:
    """Return the table of all pairs, and of those of each backend."""
    backends = dict.fromkeys(pair.backend for pair in found.pairs)
    parts = {backend: Aggregate.of([p for p in found.pairs if p.backend == backend]) for backend in backends}
    columns = [*parts.values(), found] if len(parts) > 1 else [found]
    names = [*parts, "all"] if len(parts) > 1 else [*parts]
    rows = zip(*map(_column, columns), strict=True)
    return tables.table(("mean over pairs", *names), ((words, *own) for words, own in zip(_ROWS, rows, strict=True)))


_ROWS = (
    "overhead, parse and generate",
    "building time, difference",
    "building shown slower, faster, neither",
    "training time, difference",
    "training time, difference in %",
    "training shown slower, faster, neither",
    "prediction time, difference in %",
    "prediction shown slower, faster, neither",
    "memory of training, difference",
    "memory of training, difference in %",
    "memory shown more, less, neither",
    "accuracy, difference",
    "log loss, difference",
    "equivalent, not equivalent, not checked",
)


def _column(found: Aggregate) -> Sequence[str]:
    return (
        _mean(found.overhead, seconds),
        _mean(found.building.difference, lambda value: seconds(value, None, "+")),
        _counts(found.building),
        _mean(found.training.difference, lambda value: seconds(value, None, "+")),
        _mean(found.training.percentage, percent),
        _counts(found.training),
        _mean(found.prediction.percentage, percent),
        _counts(found.prediction),
        _mean(found.memory.difference, lambda value: mebibytes(value, None, "+")),
        _mean(found.memory.percentage, percent),
        _counts(found.memory),
        *(_mean(mean, lambda value: score(value, "+")) for mean in found.scores.values()),
        ", ".join(str(len(found.having(kind))) for kind in (True, False, None)),
    )


def _mean(found: Mean | None, show: Any) -> str:
    """Return a mean with the least and the most of the pairs, and their number."""
    if found is None:
        return NOTHING
    span = f" [{show(found.least)} to {show(found.most)}]" if found.n > 1 else ""
    return f"{show(found.value)}{span} n {found.n}"


def _counts(found: Compared) -> str:
    return ", ".join(str(len(found.shown(kind))) for kind in ("more", "less", ""))
