"""The commands `list` and `list-available`: the models and how large they are, and what of the plan is trained."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from swapbench_models.aligned import aligned
from swapbench_models.can.catalogue import PROFILES
from swapbench_models.can.command.arguments import (
    add_configuration,
    add_fusion,
    add_models,
    asked,
    lasting,
    require_name,
)
from swapbench_models.can.sizes import BACKENDS, KDGAT, SIZES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from swapbench_models.can.runs.plan import Training
    from swapbench_models.can.runs.states import Asked, State


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add list and list-available."""
    parser = commands.add_parser("list", help="name each model, its backends and its parameter counts")
    parser.set_defaults(command=_list)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser = commands.add_parser(
        "list-available", help="say of each training of the plan whether it is done, can be done, or waits for others"
    )
    parser.set_defaults(command=list_available)
    parser.add_argument(
        "-d",
        "--dataset",
        action="append",
        metavar="NAME",
        help="this alone, one of your own too (repeatable; default: the six, and what else lies there)",
    )
    add_models(parser)
    add_fusion(parser)
    add_configuration(parser, f"that of all models that lie there, and {PROFILES[0]} where they differ")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _list(options: argparse.Namespace) -> int:
    models = [_listed(model) for model in SIZES]
    if options.json:
        print(json.dumps(models, indent=2))
        return 0
    rows = [[each["model"], *each["backends"], *map(_count, each["parameters"].values())] for each in models]
    rows += [[f"{model}, kdgat", BACKENDS[model], *map(_count, sizes.values())] for model, sizes in KDGAT.items()]
    print(aligned([["model", "backend", *PROFILES], *rows]))
    print("Trained numbers, of networks that know identifiers with 35 of them; - where recordings decide how many.")
    return 0


def _listed(model: str) -> dict[str, Any]:
    others = {"kdgat": dict(KDGAT[model])} if model in KDGAT else {}
    return {"model": model, "backends": [BACKENDS[model]], "parameters": dict(SIZES[model]), "architectures": others}


def _count(parameters: int | None) -> str:
    return "-" if parameters is None else f"{parameters:,}"


def list_available(options: argparse.Namespace) -> int:
    """Print the state of every training of the plan, and of what lies there beside it."""
    from swapbench_models.can.runs.folder import Folder
    from swapbench_models.can.runs.states import profiles, states

    trainings = _listed_trainings(options)
    known = profiles(Folder(options.models), trainings) if options.profile is None else set()
    if len(known) == 1:
        options.profile = known.pop()
    of = asked(options)
    found = states(of, trainings)
    print(json.dumps(as_json(of, found), indent=2) if options.json else as_text(found))
    return 0


def _listed_trainings(options: argparse.Namespace) -> "list[Training]":
    from swapbench_models.can.catalogue import DATASETS
    from swapbench_models.can.runs.folder import Folder
    from swapbench_models.can.runs.plan import TRAINED, Training, plan

    for name in options.dataset or ():
        require_name(name)
    planned = plan(dict.fromkeys(options.dataset or DATASETS))
    lying = [Training(dataset, model) for model, dataset in Folder(options.models).lying(TRAINED)]
    wanted = [each for each in lying if not options.dataset or each.dataset in options.dataset]
    return list(dict.fromkeys([*planned, *wanted]))


def as_json(of: "Asked", found: "Sequence[State]") -> list[dict[str, Any]]:
    """Return states as JSON has them."""
    return [
        {
            "dataset": each.training.dataset,
            "model": each.training.model,
            "status": each.status,
            "file": str(of.fit(each.training).file),
            "waits_for": list(each.waits_for),
            "note": each.note,
            "seconds": each.seconds,
            "recordings": each.recordings,
        }
        for each in found
    ]


def as_text(found: "Sequence[State]") -> str:
    """Return a table of states, and below it how many there are of each and how long the rest takes."""
    rows = [
        [each.training.dataset, each.training.model, each.status, lasting(each.seconds), _more(each)] for each in found
    ]
    count = {status: sum(each.status == status for each in found) for status in ("trained", "ready", "blocked")}
    told = ", ".join(f"{many} {status}" for status, many in count.items())
    return f"{aligned([['data set', 'model', 'status', 'takes', ''], *rows])}\n{told}. {_left(found)}"


def _more(state: "State") -> str:
    waits = f"waits for {' and '.join(state.waits_for)}" if state.waits_for else ""
    return "; ".join(filter(None, (waits, state.note, state.recordings and f"on {state.recordings}")))


def _left(found: "Sequence[State]") -> str:
    left = [each.seconds for each in found if each.status != "trained"]
    known = [each for each in left if each is not None]
    if not left:
        return "All are trained."
    if not known:
        return "How long the others take is known when the first like them has been trained here."
    of = (
        "the others" if len(known) == len(left) else f"{len(known)} of the {len(left)} others, whose like was measured,"
    )
    return f"{of[0].upper()}{of[1:]} take {lasting(sum(known))}."
