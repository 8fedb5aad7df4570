"""Verdicts as tables: both figures, what has changed with its interval, what may, and the verdict."""

from collections.abc import Iterator, Sequence

from swapbench.base import units
from swapbench.judge.verdict import Verdict
from swapbench.show import grid
from swapbench.show.ink import HEAD, Ink, plain
from swapbench.show.paragraph import one_line, wrapped
from swapbench.show.text import PIPED

# Where all is too wide for one grid, these are two.
_HEADINGS = (("baseline", "now"), ("change", "allowed", "verdict"))


def table(verdicts: Sequence[Verdict], width: int = PIPED, ink: Ink = plain) -> Iterator[str]:
    """Yield verdicts on any cells, each named in full."""
    names = [(verdict.subject, verdict.metric or "-") for verdict in verdicts]
    yield from _lines(("cell", "metric"), names, verdicts, width, ink)


def of_row(verdicts: Sequence[Verdict], baseline: str, width: int = PIPED, ink: Ink = plain) -> Iterator[str]:
    """Yield the verdicts on one row against another, the `baseline`, suite by suite; what all lines have in common
    stands above them."""
    for number, suite in enumerate(dict.fromkeys(verdict.cell.suite for verdict in verdicts)):
        own = [verdict for verdict in verdicts if verdict.cell.suite == suite]
        cell, labels = own[0].cell, list(map(_labels, own))
        told = [name for name in labels[0] if len({label[name] for label in labels}) > 1]
        about = ", ".join([suite, *(_common(name, text) for name, text in labels[0].items() if name not in told)])
        yield from [""] * bool(number)
        title = f"{about}: {cell.row.name} (now) against {baseline} (baseline)"
        yield from (ink(line, HEAD) for line in wrapped(title, width))
        names = [
            (*(label[name] for name in told), verdict.metric or "-") for label, verdict in zip(labels, own, strict=True)
        ]
        yield from _lines((*told, "metric"), names, own, width, ink)


def change_of(verdict: Verdict) -> tuple[str, str]:
    """Return the ratio or difference of a verdict, and its 95 % interval in brackets; nothing where there is none."""
    shown = "{:.3f}x" if verdict.effect_is == "ratio" else "{:+.4f}"
    ends = "" if verdict.interval is None else f"({' to '.join(map(shown.format, verdict.interval))})"
    return "" if verdict.effect is None else shown.format(verdict.effect), ends


def _labels(verdict: Verdict) -> dict[str, str]:
    cell = verdict.cell
    return {"profile": cell.profile, "dataset": cell.dataset, "folds": _span(verdict.folds), "phase": cell.phase}


def _common(name: str, text: str) -> str:
    """('dataset', 'digits') -> 'dataset digits'; ('folds', '0') -> 'fold 0'."""
    return f"{'fold' if name == 'folds' and text.isdigit() else name} {text}"


def _span(folds: Sequence[int]) -> str:
    """(0, 1, 2) -> '0-2'."""
    whole = len(folds) > 2 and list(folds) == list(range(folds[0], folds[-1] + 1))
    return f"{folds[0]}-{folds[-1]}" if whole else ", ".join(map(str, folds))


def _lines(
    headings: Sequence[str], names: Sequence[Sequence[str]], verdicts: Sequence[Verdict], width: int, ink: Ink
) -> Iterator[str]:
    rows = list(map(_figures, verdicts))
    columns = [[grid.Column(heading, [row[heading] for row in rows]) for heading in branch] for branch in _HEADINGS]
    for number, lines in enumerate(grid.grids(headings, names, columns, width, ink)):
        yield from ["", *lines] if number else lines


def _figures(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """Return what stands under each heading, in parts that are aligned."""
    effect, ends = change_of(verdict)
    return {
        "baseline": (one_line(_figure(verdict.baseline, verdict.unit)), ""),
        "now": (one_line(_figure(verdict.value, verdict.unit)), ""),
        "change": (effect or "-", ends, ""),
        "allowed": (one_line(verdict.limit or "-"), ""),
        "verdict": (verdict.kind.upper() if verdict.fails else verdict.kind, ""),
    }


def _figure(value: float | None, unit: str) -> str:
    return "-" if value is None else units.quantity(value, unit)
