"""The command `evaluate`: whether saved models say what they said, or what they say of other clips."""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from swapbench_models import sealed
from swapbench_models.threads import keep_to_threads
from swapbench_models.video.command.arguments import (
    add_models,
    factory,
    read_table,
    shown,
    tell,
    trained,
)
from swapbench_models.video.runs.configuration import read
from swapbench_models.video.runs.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from swapbench_models.video.runs.clips import Clips
    from swapbench_models.video.runs.description import Description
    from swapbench_models.video.runs.evaluate import Again
    from swapbench_models.video.runs.fold import Cell, Result

    Cells = Sequence[tuple[Cell, Result]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add evaluate."""
    parser = commands.add_parser(
        "evaluate", help="have saved models say again what they said of each clip, or score them on other clips"
    )
    parser.set_defaults(command=_evaluate)
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a folder that train has filled")
    add_models(parser, "all that were trained")
    parser.add_argument("--data", type=Path, metavar="CSV", help="score every fold's model on the clips of this table")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _evaluate(options: argparse.Namespace) -> int:
    described = sealed.read(Folder(options.run).description)
    if described:  # before numpy is imported, which has as many threads from then on
        keep_to_threads(read(described.get("configuration"), Folder(options.run).description).threads)
    description, clips, found = trained(options)
    if options.data:
        return _score(options, description, clips, found)
    return _repeat(options, description, clips, found)


def _repeat(options: argparse.Namespace, description: "Description", clips: "Clips", found: "Cells") -> int:
    from swapbench_models.video.runs.evaluate import again
    from swapbench_models.video.runs.scores import positive

    make = factory(options)
    all_same, told, of = True, [], {"positive": positive(description.classes)}
    for cell, result in shown(found, "evaluated", "folds"):
        each = again(cell, result, description, clips, make)
        all_same &= each.same
        told.append({**of, "model": cell.model, "fold": cell.fold, "same": each.same, **asdict(each.scores)})
        if not options.json:
            print(f"{cell}: {_sentence(each)}")
    if options.json:
        print(json.dumps(told, indent=2))
    return int(not all_same)


def _sentence(found: "Again") -> str:
    accuracy = f"accuracy {found.scores.accuracy:.4f}"
    if found.same:
        return f"{accuracy}, as it was recorded, to the last bit"
    clips = f"{found.others} clips have other probabilities, by {found.apart:.3g} at most"
    return f"{accuracy}, and {found.recorded.scores.accuracy:.4f} was recorded; {clips}"


def _score(options: argparse.Namespace, description: "Description", clips: "Clips", found: "Cells") -> int:
    from swapbench_models.video.runs import comparison
    from swapbench_models.video.runs.evaluate import elsewhere, known

    data, make = read_table(options.data), factory(options)
    seen = known(data, clips)
    if seen:
        tell(f"{options.data}: {seen} of {len(data.clips)} clips are the run's own, on which its models were trained.")
    scored: dict[str, list[Result]] = {}
    for cell, result in shown(found, "scored", "folds"):
        scores = elsewhere(cell, description, data, make)
        scored.setdefault(cell.model, []).append(replace(result, scores=scores))
    rows = comparison.rows(scored, description.configuration.folds, data.classes)
    print(json.dumps(comparison.frame(rows), indent=2) if options.json else comparison.text(rows))
    return 0
