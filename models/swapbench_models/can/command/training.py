"""The command `train`: models of data sets, each gone on with wherever it was interrupted."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from swapbench_models.can.command.arguments import (
    add_configuration,
    add_fusion,
    add_models,
    add_recordings,
    asked,
    datasets,
    factory,
    lasting,
    recordings,
    tell,
)
from swapbench_models.can.command.listing import list_available
from swapbench_models.can.runs.plan import BESIDE, MODELS, TRAINED, Training, plan
from swapbench_models.can.runs.scenarios import shortened

if TYPE_CHECKING:
    from swapbench_models.can.runs.states import Asked, State
    from swapbench_models.can.runs.train import Outcome


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add train."""
    parser = commands.add_parser(
        "train",
        help="train teachers, students and fusion agents",
        description="The same command goes on with what was interrupted, and leaves what is trained as it is.",
    )
    parser.set_defaults(
        command=_train, show_help=parser.print_help, interrupted=" The same command goes on where it was."
    )
    parser.add_argument("-d", "--dataset", action="append", metavar="NAME", help="a data set (repeatable)")
    parser.add_argument(
        "-m",
        "--model",
        choices=TRAINED,
        action="append",
        help=f"a model (repeatable); {' and '.join(BESIDE)} are trained where they are named, and never by --all",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help=f"all data sets or models of which none is named: {', '.join(MODELS)} of six data sets are eighteen",
    )
    parser.add_argument("--force-retrain", action="store_true", help="train anew what is trained already")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and look at nothing for it")
    parser.add_argument("--list-available", action="store_true", help="as the command of this name")
    add_recordings(parser)
    add_models(parser)
    add_fusion(parser)
    add_configuration(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _train(options: argparse.Namespace) -> int:
    if options.list_available:
        return list_available(options)
    if not options.all and not (options.dataset and options.model):
        options.show_help()
        return 1
    trainings = plan(datasets(options), options.model or MODELS)
    if options.dry_run:
        return _tell_what_would_be(options, trainings)
    from swapbench_models.can.runs.train import Trainer

    of = asked(options)
    say = tell if options.json else _say
    trainer = Trainer(recordings(options), factory(options), tell, options.force_retrain)
    found = []
    for training in trainings:
        outcome = trainer.train(of.fit(training))
        (say if outcome.well else tell)(sentence(of, training, outcome))
        found.append(as_json(of, training, outcome))
    if options.json:
        print(json.dumps(found, indent=2))
    return int(any(each["status"] in ("failed", "crashed") for each in found))


def sentence(of: "Asked", training: Training, outcome: "Outcome") -> str:
    """Return in words how a training ended."""
    found, file = outcome.record, of.fit(training).file
    if found is None:
        return f"{training}: {outcome.told}"
    how = f"completed in {lasting(found.fit_s)}" if outcome.status == "completed" else "skipped, for it is trained"
    return f"{training}: {how}{_scored(found.scores)}, {file}"


def _scored(scores: Any) -> str:
    told = [f"{short} {_percent(scores[name])}" for name, short in shortened(scores).items()]
    return f", F1 {', '.join(told)}" if told else ""


def _percent(judged: Any) -> str:
    if "error" in judged:
        return f"not known ({judged['error']})"
    return "undefined" if judged["f1"] is None else f"{100 * judged['f1']:.1f} %"


def as_json(of: "Asked", training: Training, outcome: "Outcome") -> dict[str, Any]:
    """Return how a training ended, as JSON has it."""
    from dataclasses import asdict

    result = None if outcome.record is None else asdict(outcome.record)
    return {
        "dataset": training.dataset,
        "model": training.model,
        "status": outcome.status,
        "error": outcome.error,
        "waits_for": list(outcome.waits_for),
        "file": str(of.fit(training).file),
        "result": result,
    }


def _tell_what_would_be(options: argparse.Namespace, trainings: Sequence[Training]) -> int:
    from swapbench_models.can.runs.states import states

    of = asked(options)
    found = states(of, trainings)
    would = [_would(of, state, trainings, options.force_retrain) for state in found]
    if options.json:
        print(json.dumps([{**line, "seconds": s.seconds} for line, s in zip(would, found, strict=True)], indent=2))
        return 0
    for line, state in zip(would, found, strict=True):
        takes = "" if state.seconds is None else f" (about {lasting(state.seconds)})"
        print(f"{state.training}: {line['would']}{takes}")
    return 0


def _would(of: "Asked", state: "State", trainings: Sequence[Training], anew: bool) -> dict[str, Any]:
    """Return what would be done of a training, in words and as JSON has it."""
    files = {need: of.fit(need).file.name for need in state.training.needs}
    missing = {*state.waits_for, *(file.name for file in of.fit(state.training).missing)}
    waits = [name for need, name in files.items() if name in missing or (anew and need in trainings)]
    lacking = [name for need, name in files.items() if name in missing and need not in trainings]
    would = f"would be trained into {of.fit(state.training).file}"
    if lacking:
        would = (
            f"is blocked: it waits for {' and '.join(lacking)}; train {'it' if len(lacking) == 1 else 'these'} first"
        )
    elif state.status == "trained" and not anew:
        on = f" on {state.recordings}" if state.recordings else ""
        would = f"is trained{on}, and would be left as it is if it is of the same recordings and code"
        if state.note:
            would = f"is trained with {state.note}, and would be refused without --force-retrain"
    elif waits:
        would += f", after {' and '.join(waits)}"
    base = {"dataset": state.training.dataset, "model": state.training.model, "status": "dry_run"}
    return {**base, "would": would, "waits_for": waits, "note": state.note, "recordings": state.recordings}


def _say(sentence: str) -> None:
    print(sentence, flush=True)
