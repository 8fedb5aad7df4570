"""The command `evaluate`: models beside each other on the scenarios of data sets."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from swapbench_models.can.runs.evaluate import Evaluation, Matrix
    from swapbench_models.can.runs.recordings import Recordings

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
        "--out", type=Path, default=Path(_OUT), metavar="DIR", help=f"where models are kept (default: {_OUT})"
    )
    add_recordings(parser)
    add_configuration(parser)
    parser.add_argument("--force-retrain", action="store_true", help="train anew what is trained already")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print JSON")
    shown.add_argument("--markdown", action="store_true", help="print Markdown")


def _evaluate(options: argparse.Namespace) -> int:
    from swapbench_models.can.runs.evaluate import Matrix, evaluate
    from swapbench_models.can.runs.train import Trainer

    matrix = Matrix(_rows(options), options.seeds, configuration(options), options.out)
    named, of = datasets(options), recordings(options)
    trainer = Trainer(of, factory(options), tell, options.force_retrain)
    shown = []
    for dataset in named:
        shown.append(_shown(options, matrix, of, evaluate(matrix, dataset, trainer, tell)))
        if not options.json:
            print(shown[-1]["text"], flush=True)
    if options.json:
        print(json.dumps([{name: each for name, each in one.items() if name != "text"} for one in shown], indent=2))
    return int(any(each["failures"] for each in shown))


def _rows(options: argparse.Namespace) -> list[str]:
    if options.rows is None:
        return list(MODELS)
    wanted = [name.strip() for name in options.rows.split(",") if name.strip()]
    if not wanted:
        raise CanError(f"--rows names none; known are {', '.join(MODELS)}.")
    return wanted


def _shown(options: argparse.Namespace, matrix: "Matrix", of: "Recordings", found: "Evaluation") -> dict[str, Any]:
    """Return what came of a data set, as JSON has it, and as text."""
    from swapbench_models.aligned import aligned
    from swapbench_models.can.runs import shown
    from swapbench_models.can.runs.comparison import lines
    from swapbench_models.can.runs.leading import leading
    from swapbench_models.can.runs.published import F1, PROTOCOL

    scenarios = list(
        dict.fromkeys(name for each in found.records.values() for one in each.values() for name in one.scores)
    )
    every = lines(found, scenarios)
    of_scenario = [[line for line in every if line.scenario == scenario] for scenario in scenarios]
    sentences = [leading(each) for each in of_scenario]
    published = {name: sets[found.dataset] for name, sets in F1.items() if options.data and found.dataset in sets}
    failures = _failures(found, every)
    table = shown.markdown if options.markdown else aligned
    seeds = f"mean of seeds {matrix.drawn('')[0]} to {matrix.drawn('')[-1]}, ± to the end of its 95 % interval (t)"
    parts = [
        f"{'## ' * options.markdown}{found.dataset}: {of.told}, profile {options.profile}, {options.architecture}",
        table(shown.every(every)) if every else "",
        table(shown.f1(every, published)) if every else "",
        f"F1 and AUC: {seeds}." if options.seeds > 1 else "F1 and AUC of one seed.",
        *([PROTOCOL] if published else []),
        *sentences,
        *failures,
    ]
    told = {"dataset": found.dataset, "recordings": of.told, "results": [line.as_json() for line in every]}
    more = {"published": published, "sentences": sentences, "failures": failures}
    return {**told, **more, "text": ("\n\n" if options.markdown else "\n").join(filter(None, parts)) + "\n"}


def _failures(found: "Evaluation", every: "Any") -> list[str]:
    """Return a sentence for each training that failed, and each scenario that could not be judged."""
    failed = [f"{found.dataset} {row}, seed {seed}: failed: {why}" for (row, seed), why in found.failures.items()]
    judged = [
        f"{found.dataset} {line.model}, seed {seed}, {line.scenario}: not judged: {why}"
        for line in every
        for seed, why in line.errors.items()
        if (line.model, seed) not in found.failures
    ]
    return [*failed, *judged]
