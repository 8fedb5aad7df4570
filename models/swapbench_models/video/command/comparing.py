"""The command `compare`: the models of a run beside each other, as a table and as a picture."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from swapbench_models.video.command.arguments import add_models, forms, output, trained

if TYPE_CHECKING:
    from swapbench_models.video.runs.comparison import Row
    from swapbench_models.video.runs.fold import Result

_METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
_BY = "f1"


@dataclass(frozen=True)
class Shown:
    """What is shown: rows, the best first by a score, what is said of them, and the share of the largest class."""

    rows: "Sequence[Row]"
    by: str
    caption: str
    largest: float


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add compare."""
    parser = commands.add_parser("compare", help="show the models of a run beside each other, the best first")
    parser.set_defaults(command=_compare)
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a folder that train has filled")
    add_models(parser, "all that were trained")
    parser.add_argument("--by", choices=_METRICS, default=_BY, help=f"what is best (default: {_BY})")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="write it, as its name ends: .csv, .md or .png, a picture (repeatable; default: a table on stdout)",
    )


def _compare(options: argparse.Namespace) -> int:
    forms(options.output, _FORMS)
    from swapbench_models.video.runs import comparison
    from swapbench_models.video.runs.caption import caption, largest

    description, clips, cells = trained(options)
    found: dict[str, list[Result]] = {}
    for cell, result in cells:
        found.setdefault(cell.model, []).append(result)
    rows = comparison.ranked(comparison.rows(found, description.configuration.folds, description.classes), options.by)
    shown = Shown(rows, options.by, caption(description, clips, options.by), largest(clips))
    for path in options.output:
        output(path, _FORMS[path.suffix](shown))
    if not options.output:
        print(comparison.text(rows), shown.caption, sep="\n")
    return 0


def _csv(shown: Shown) -> str:
    from swapbench_models.video.runs.comparison import csv

    return csv(shown.rows, shown.by)


def _markdown(shown: Shown) -> str:
    from swapbench_models.video.runs.comparison import markdown

    return f"{markdown(shown.rows)}\n{shown.caption}\n"


def _png(shown: Shown) -> bytes:
    from swapbench_models.video.runs.comparison import scored
    from swapbench_models.video.runs.picture import png

    return png(shown.rows, f"{shown.caption} {scored(shown.rows)}", shown.by, shown.largest)


_FORMS: Mapping[str, Callable[[Shown], str | bytes]] = {".csv": _csv, ".md": _markdown, ".png": _png}
