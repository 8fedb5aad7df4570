"""The command `compare`: the models of a run beside each other, as a table and as a picture."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swapbench_models.video.command.arguments import add_models, forms, output, trained

if TYPE_CHECKING:
    from swapbench_models.video.runs.comparison import Row
    from swapbench_models.video.runs.description import Description
    from swapbench_models.video.runs.fold import Result

_METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
_BY = "f1"


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

    description, _, cells = trained(options)
    found: dict[str, list[Result]] = {}
    for cell, result in cells:
        found.setdefault(cell.model, []).append(result)
    rows = comparison.ranked(comparison.rows(found, description.configuration.folds, description.classes), options.by)
    for path in options.output:
        output(path, _FORMS[path.suffix](rows, description))
    if not options.output:
        print(comparison.text(rows))
    return 0


def _csv(rows: "Sequence[Row]", description: "Description") -> str:
    from swapbench_models.video.runs.comparison import csv

    return csv(rows)


def _markdown(rows: "Sequence[Row]", description: "Description") -> str:
    from swapbench_models.video.runs.comparison import markdown

    return markdown(rows)


def _png(rows: "Sequence[Row]", description: "Description") -> bytes:
    from swapbench_models.video.runs.comparison import scored
    from swapbench_models.video.runs.picture import png

    how = description.configuration
    of = f"{Path(description.table).parent.name}/{Path(description.table).name}"
    told = f"{of}, profile {how.profile}, {how.folds} folds: mean ± standard deviation, and each fold"
    return png(rows, f"{told}\n{scored(rows)}")


_FORMS: Mapping[str, Callable[..., str | bytes]] = {".csv": _csv, ".md": _markdown, ".png": _png}
