"""Draws the README's picture from a report: every row's times, memory and accuracy, a panel each.

pytest bench/ --benchmark-only --swap-suite neural --swap-report neural.json
python docs/picture.py neural.json docs/neural.png
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

_PANELS = {
    "fit": ("time of fit (s)", 1.0),
    "predict": ("time of predict (s)", 1.0),
    "fit memory": ("peak memory of fit (MiB)", 2.0**-20),
    "accuracy": ("accuracy", 1.0),
}
_MARKERS = {"torch": "o", "tensorflow": "s", "sklearn": "^"}
_COLOURS = {"torch": "#0072b2", "tensorflow": "#d55e00", "sklearn": "#009e73"}  # Okabe and Ito's, for all eyes


def draw(comparison: dict[str, Any], path: Path) -> None:
    """Write one comparison of a report as a picture."""
    rows = comparison["rows"][::-1]
    figure, panels = plt.subplots(1, len(_PANELS), figsize=(11, 3.2), sharey=True, layout="constrained")
    for axes, (name, (label, factor)) in zip(panels, _PANELS.items(), strict=True):
        for height, row in enumerate(rows):
            value, width = (row["values"][name][key] for key in ("value", "half_width"))
            style = {"fmt": _MARKERS[row["backend"]], "color": _COLOURS[row["backend"]], "capsize": 3}
            if row["variant"]:  # hollow, another way of executing the model that stands above it
                style["markerfacecolor"] = "white"
            axes.errorbar(value * factor, height, xerr=width, **style)
        axes.set(xlabel=label, xscale="linear" if name == "accuracy" else "log")
        axes.grid(alpha=0.3)
    panels[0].set_yticks(
        range(len(rows)), [" ".join(filter(None, (row["model"], row["backend"], row["variant"]))) for row in rows]
    )
    figure.suptitle(
        f"{comparison['suite']} on {comparison['dataset']}, {comparison['profile']}, {comparison['conditions']}"
    )
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    if len(sys.argv) != len(("program", "report", "picture")):
        sys.exit("Give a report and the picture to write: python docs/picture.py neural.json docs/neural.png")
    report, picture = map(Path, sys.argv[1:])
    draw(next(found for found in json.loads(report.read_text())["comparisons"] if found["suite"] == "neural"), picture)
