"""Draws a suite of a report: every row's times, peak memory and first score, a panel each. The README's picture:

pytest bench/ --benchmark-only --swap-suite neural --swap-report neural.json
python docs/picture.py neural.json docs/neural.png
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from swapbench_models import style

_UNITS = {"time": ("time of {} (s)", 1.0), "memory": ("peak memory of {} (MiB)", 2.0**-20), "score": ("{}", 1.0)}
_LOOK = style.LIGHT
_MARKS = tuple(zip("osD^PX", _LOOK.shades, strict=False))  # backends have them in their order, as on the page of a run
_WIDTH, _ROW, _EDGES = 2.75, 0.4, 1.2  # inches

Panel = tuple[str, str]  # a phase or a score, and the kind of quantity


def main() -> None:
    """Draw the first suite of a report, or the one that is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("report", type=Path, help="what --swap-report or `swapbench report -o` wrote as JSON")
    parser.add_argument("picture", type=Path, help="the file to write")
    parser.add_argument("--suite", metavar="NAME", help="of the report (default: its first)")
    options = parser.parse_args()
    with style.painting(_LOOK):
        draw(chosen(options.report, options.suite), options.picture)


def chosen(report: Path, suite: str | None) -> dict[str, Any]:
    """Return the first comparison of a report, or of a suite in it; end with a sentence where there is none."""
    try:
        found = json.loads(report.read_text())["comparisons"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"{report}: is no report ({error}); write one with --swap-report {report.stem}.json.")
    names = list(dict.fromkeys(each["suite"] for each in found))
    if not names or suite not in (None, *names):
        sys.exit(f"{report}: has {f'no suite {suite}' if suite else 'no suite'}; its suites are: {', '.join(names)}.")
    return next(each for each in found if suite in (None, each["suite"]))


def draw(comparison: dict[str, Any], path: Path) -> None:
    """Write one comparison of a report as a picture."""
    import matplotlib.pyplot as plt

    backends = list(dict.fromkeys(row["backend"] for row in comparison["rows"]))
    rows, shown = comparison["rows"][::-1], panels(comparison)
    size = (_WIDTH * len(shown), _EDGES + _ROW * len(rows))
    figure, (places,) = plt.subplots(1, len(shown), figsize=size, sharey=True, layout="constrained", squeeze=False)
    for axes, (name, kind) in zip(places, shown, strict=True):
        label, factor = _UNITS[kind]
        for height, row in enumerate(rows):
            found = row["values"].get(_key(name, kind))
            if found is None:  # a row has not every phase
                continue
            marker, colour = _MARKS[backends.index(row["backend"]) % len(_MARKS)]
            # Hollow is another way of executing the model that stands above it.
            filled = _LOOK.paper if row["variant"] else colour
            about = {"fmt": marker, "color": colour, "markerfacecolor": filled, "markersize": 8}
            axes.errorbar(found["value"] * factor, height, xerr=_reach(found), **about)
        axes.set(xlabel=label.format(name), xscale="linear" if kind == "score" else "log")
        if kind != "score":
            _widen(axes)
        axes.tick_params(axis="y", length=0)
        axes.margins(y=0.15)
    places[0].set_yticks(
        range(len(rows)), [" ".join(filter(None, (row["model"], row["backend"], row["variant"]))) for row in rows]
    )
    figure.suptitle(
        f"{comparison['suite']} on {comparison['dataset']}, {comparison['profile']}, {comparison['conditions']}"
    )
    figure.savefig(path, dpi=110)


def panels(comparison: dict[str, Any]) -> list[Panel]:
    """Return what is drawn: the time of each phase, the memory of the first one that all rows have, or else of the
    first, and the first score."""
    rows, measured = comparison["rows"], [(each["quantity"], each["kind"]) for each in comparison["standings"]]
    times, sizes, scores = ([each for each in measured if each[1] == kind] for kind in _UNITS)
    whole = [each for each in sizes if all(_key(*each) in row["values"] for row in rows)]
    found = [*times, *(whole or sizes)[:1], *scores[:1]]
    if not found:
        sys.exit(f"{comparison['suite']}: has neither a time nor a score to draw; measure it first.")
    return found


def _widen(axes: Any) -> None:
    """Have two powers of ten on an axis, or else matplotlib writes a number at each tick between, one over another."""
    least, most = (math.log10(end) for end in axes.get_xlim())
    if math.floor(most) - math.ceil(least) < 1:
        axes.set_xlim(0.8 * 10 ** math.floor(least), 1.25 * 10 ** math.ceil(most))


def _reach(found: dict[str, Any]) -> list[list[float]] | None:
    """Return how far an interval goes down and up, which is not as far where a bound of the metric is near."""
    value, low, high = (found[name] for name in ("value", "low", "high"))
    return None if low is None or high is None else [[value - low], [high - value]]


def _key(name: str, kind: str) -> str:
    return f"{name} memory" if kind == "memory" else name


if __name__ == "__main__":
    main()
