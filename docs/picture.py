"""Draws the README's picture from a report: accuracy against the time of fit.

pytest bench/ --benchmark-only --swap-suite neural --swap-report neural.json
python docs/picture.py neural.json docs/neural.png
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

_MARKERS = {"torch": "o", "tensorflow": "s", "sklearn": "^"}
_COLOURS = {"torch": "#0072b2", "tensorflow": "#d55e00", "sklearn": "#009e73"}  # Okabe and Ito's, for all eyes


def draw(comparison: dict[str, Any], path: Path) -> None:
    """Write one comparison of a report as a picture."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for row in comparison["rows"]:
        fit, accuracy = row["values"]["fit"], row["values"]["accuracy"]
        backend = row["backend"]
        axes.errorbar(
            fit["value"],
            accuracy["value"],
            yerr=accuracy["half_width"],
            fmt=_MARKERS[backend],
            color=_COLOURS[backend],
            capsize=3,
        )
        side = (6, 5) if backend != "tensorflow" else (6, -12)
        axes.annotate(f"{row['model']} {backend}", (fit["value"], accuracy["value"]), side, textcoords="offset points")
    axes.set(xscale="log", xlabel="time of fit (s)", ylabel="accuracy, mean ± 95 % half-width over folds")
    axes.set_title(
        f"{comparison['suite']} on {comparison['dataset']}, {comparison['profile']}: {comparison['conditions']}"
    )
    axes.margins(x=0.25)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    report, picture = map(Path, sys.argv[1:3])
    draw(json.loads(report.read_text())["comparisons"][0], picture)
