"""Picture: a comparison drawn as PNG, a panel for each metric and one for the sizes of models."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swapbench_models.video.runs.comparison import Row
from swapbench_models.video.runs.scores import METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOUR, _FOLD = "#0072b2", "#8fb8d8"  # of those that all eyes tell apart
_NAMES = {"f1": "F1", "roc_auc": "ROC AUC"}
_INCHES, _ROW, _EDGES, _DOTS = 13.0, 0.42, 1.5, 120


def png(rows: Sequence[Row], title: str) -> bytes:
    """Return the bytes of a picture: of each model the mean of its folds and their standard deviation, and every fold
    as a dot; a line is at 0.5, what guessing between two classes comes to in ROC AUC."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_INCHES, _EDGES + _ROW * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(METRICS) + 1, sharey=True)
    for axes, metric in zip(panels, METRICS, strict=False):
        _measured(axes, rows, metric)
    panels[-1].barh(range(len(rows)), [row.parameters for row in rows], height=0.5, color=_FOLD)
    panels[-1].set(xscale="log", xlabel="parameters", xlim=(10, None))
    panels[0].set_yticks(range(len(rows)), [row.model for row in rows])
    panels[0].set_ylim(len(rows) - 0.5, -0.5)  # the best above
    for axes in panels:
        axes.grid(axis="x", alpha=0.25)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
    figure.suptitle(title, fontsize=11, parse_math=False)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DOTS)
    return content.getvalue()


def _measured(axes: "Axes", rows: Sequence[Row], metric: str) -> None:
    for height, row in enumerate(rows):
        values, mean = row.values(metric), row.mean(metric)
        axes.plot(values, [height + 0.18] * len(values), ".", color=_FOLD, markersize=5)
        if mean is not None:
            axes.errorbar(mean, height - 0.1, xerr=row.deviation(metric), fmt="o", color=_COLOUR, capsize=3)
    if metric == "roc_auc":
        axes.axvline(0.5, color="0.6", linewidth=1, linestyle="--")
    axes.set(xlabel=_NAMES.get(metric, metric), xlim=(-0.03, 1.03), xticks=(0, 0.5, 1))
