"""The command `evaluate`: models beside each other on the scenarios of data sets."""

import argparse
import json
from pathlib import Path

from swapbench_models.arguments import at_least
from swapbench_models.can.catalogue import MODELS
from swapbench_models.can.command.arguments import (
    add_configuration,
    add_recordings,
    configuration,
    datasets,
    factory,
    recordings,
    tell,
)
from swapbench_models.can.error import CanError

_OUT = "evaluated"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add evaluate."""
    parser = commands.add_parser(
        "evaluate",
        help="train models with several seeds, and show them beside each other on every scenario",
        description="Each model is kept as it ends: the same command goes on with what was interrupted.",
    )
    parser.set_defaults(command=_evaluate, interrupted=" The same command goes on where it was.")
    parser.add_argument(
        "-d", "--dataset", action="append", required=True, metavar="NAME", help="a data set (repeatable)"
    )
    known = ", ".join(MODELS)
    parser.add_argument("--rows", metavar="A,B", help=f"some of {known} (default: all)")
    parser.add_argument("--seeds", type=at_least(1), default=3, metavar="N", help="so many, from --seed (default: 3)")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(_OUT),
        metavar="DIR",
        help=f"where models are kept, in a folder by profile, architecture and recordings (default: {_OUT})",
    )
    add_recordings(parser)
    add_configuration(parser)
    parser.add_argument("--force-retrain", action="store_true", help="train anew what is trained already")
    parser.add_argument("--details", action="store_true", help="show below it all that was measured")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print JSON, which has all")
    shown.add_argument("--markdown", action="store_true", help="print Markdown, with --details")


def _evaluate(options: argparse.Namespace) -> int:
    from swapbench_models.can.runs.compared.report import Report
    from swapbench_models.can.runs.evaluate import Matrix, evaluate
    from swapbench_models.can.runs.train import Trainer

    matrix = Matrix(_rows(options), options.seeds, configuration(options), options.out / _kept_in(options))
    named, of = datasets(options), recordings(options)
    trainer = Trainer(of, factory(options), tell, options.force_retrain)
    reports = []
    for dataset in named:
        found = evaluate(matrix, dataset, trainer, tell)
        of_set = of.dataset(dataset)
        reports.append(Report(matrix, found, of_set.told, [*of_set.scenarios], of_set.published))
        if not options.json:
            shown = reports[-1].as_markdown() if options.markdown else reports[-1].as_text(options.details)
            print(shown, flush=True)
    if options.json:
        print(json.dumps([each.as_json() for each in reports], indent=2))
    return int(any(each.failures for each in reports))


def _kept_in(options: argparse.Namespace) -> str:
    """Return the folder of what is made alike, so that another profile, architecture or other recordings go into
    another."""
    how = configuration(options)
    recordings = options.data.resolve().name if options.data else f"generated_{how.seed}"
    return f"{how.profile}-{how.architecture}-{recordings}"


def _rows(options: argparse.Namespace) -> list[str]:
    if options.rows is None:
        return list(MODELS)
    wanted = [name.strip() for name in options.rows.split(",") if name.strip()]
    if not wanted:
        raise CanError(f"--rows names none; known are {', '.join(MODELS)}.")
    return wanted
