"""Picture: a comparison drawn as PNG, a panel for each metric and one for the sizes of models."""

import io
from collections.abc import Sequence
from itertools import chain
from textwrap import fill
from typing import TYPE_CHECKING, Any

from swapbench_models import style
from swapbench_models.video.runs.comparison import Row
from swapbench_models.video.runs.scores import METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOUR, _FOLD = style.LIGHT.shades[0], style.LIGHT.shades[5]
_NAMES = {"f1": "F1", "roc_auc": "ROC AUC"}
_INCHES, _ROW, _EDGES, _DOTS = 13.0, 0.42, 1.8, 120
_MARGIN, _LETTERS = 0.03, 110  # of a scale, and in a line of the title


def png(rows: Sequence[Row], caption: str, by: str, largest: float) -> bytes:
    """Return the bytes of a picture: of each model the mean of its folds and their standard deviation, and every fold
    as a dot. The score `by` which the best stand first is told from the others; a line each is at the accuracy of who
    always says the `largest` class, a share, and at the area under the curve of who guesses."""
    with style.painting(style.LIGHT):
        return _painted(rows, caption, by, largest)


def _painted(rows: Sequence[Row], caption: str, by: str, largest: float) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_INCHES, _EDGES + _ROW * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(METRICS) + 1, sharey=True)
    span = limits(rows)
    chance = {"accuracy": (largest, "largest class"), "roc_auc": (0.5, "guessing")}
    for axes, metric in zip(panels, METRICS, strict=False):
        _measured(axes, rows, metric)
        if metric in chance:
            _line(axes, *chance[metric])
        first = metric == by
        name = _NAMES.get(metric, metric)
        axes.set_xlabel(f"{name} (best first)" if first else name, fontweight="bold" if first else "normal")
        axes.set(xlim=span, xticks=(0, 0.5, 1))
    _sizes(panels[-1], rows)
    panels[0].set_yticks(range(len(rows)), [row.model for row in rows])
    panels[0].set_ylim(len(rows) - 0.5, -0.5)  # the best above
    for axes in panels:
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    figure.suptitle(fill(caption, _LETTERS), fontweight="normal", parse_math=False)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DOTS)
    return content.getvalue()


def limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Return from where to where all panels go: the scale of scores, and every end of a deviation, which may lie
    beyond it."""
    spans = [(row.mean(metric), row.deviation(metric) or 0.0) for row in rows for metric in METRICS]
    ends = [0.0, 1.0, *chain(*((mean - spread, mean + spread) for mean, spread in spans if mean is not None))]
    return min(ends) - _MARGIN, max(ends) + _MARGIN


def _measured(axes: "Axes", rows: Sequence[Row], metric: str) -> None:
    for height, row in enumerate(rows):
        values, mean = row.values(metric), row.mean(metric)
        axes.plot(values, [height + 0.18] * len(values), ".", color=_FOLD, markersize=5)
        if mean is not None:
            axes.errorbar(mean, height - 0.1, xerr=row.deviation(metric), fmt="o", color=_COLOUR)


def _line(axes: "Axes", place: float, what: str) -> None:
    axes.axvline(place, color=style.LIGHT.soft, linewidth=1, linestyle="--")
    small: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 8, "color": style.LIGHT.soft}
    axes.text(place, 1.0, what, transform=axes.get_xaxis_transform(), **small)


def _sizes(axes: "Axes", rows: Sequence[Row]) -> None:
    """Draw numbers of parameters as points, for a logarithmic axis has no beginning from which bars could be long."""
    axes.plot([row.parameters for row in rows], range(len(rows)), "o", color=_COLOUR)
    for height, row in enumerate(rows):
        above: dict[str, Any] = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center", "fontsize": 8}
        axes.annotate(f"{row.parameters:,}", (row.parameters, height), **above)
    axes.set(xscale="log", xlabel="parameters")
    axes.margins(x=0.3)
