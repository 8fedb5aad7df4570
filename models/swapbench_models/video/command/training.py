"""The command `train`: several models on the folds of a set of clips, gone on with wherever it was interrupted."""

import argparse
import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from swapbench_models.arguments import at_least, seed
from swapbench_models.threads import keep_to_threads
from swapbench_models.video.catalogue import PROFILES
from swapbench_models.video.command.arguments import (
    MODELS_TO_TRAIN,
    add_models,
    factory,
    models,
    read_table,
    shown,
    tell,
)
from swapbench_models.video.error import VideoError

if TYPE_CHECKING:
    from swapbench_models.video.runs.train import Outcome


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add train."""
    parser = commands.add_parser(
        "train",
        help="train models on folds of a set of clips",
        description="The same command goes on with what was interrupted, and leaves what is complete as it is.",
    )
    parser.set_defaults(command=_train, interrupted=" The same command goes on where it was.")
    parser.add_argument("--data", type=Path, required=True, metavar="CSV", help="video_path, label, and what is known")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where all goes that comes of it")
    add_models(parser, f"the variable {MODELS_TO_TRAIN}, or all")
    parser.add_argument("--folds", type=at_least(2), default=5, help="how many (default: 5)")
    parser.add_argument("--seed", type=seed, default=42, help="of folds, weights and order (default: 42)")
    parser.add_argument("--profile", choices=PROFILES, default="quick", help="how large models are (default: quick)")
    parser.add_argument("--epochs", type=at_least(1), help="passes of networks over the clips (default: the profile's)")
    parser.add_argument(
        "--pretrained",
        action="append",
        default=[],
        metavar="MODEL=FILE",
        help="begin with what a published file has learnt (repeatable)",
    )
    parser.add_argument("--threads", type=at_least(1), default=1, metavar="N", help="so many compute (default: 1)")
    parser.add_argument(
        "--first",
        type=at_least(0),
        metavar="N",
        help="clips of each class, 0 for all (default: 0, or 5 in FVC_TEST_MODE)",
    )
    parser.add_argument("--skip-unreadable", action="store_true", help="leave out clips that cannot be read")
    parser.add_argument(
        "--force", action="store_true", help="forget what was trained there: these models, or all of another run"
    )
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")


def _train(options: argparse.Namespace) -> int:
    chosen = models(options.models)
    keep_to_threads(options.threads)
    from swapbench_models.video.data.metadata import clips_in_test_mode
    from swapbench_models.video.runs.begin import Asked
    from swapbench_models.video.runs.configuration import Configuration
    from swapbench_models.video.runs.folder import Folder
    from swapbench_models.video.runs.train import train

    pretrained = dict(_pretrained(each) for each in options.pretrained)
    configuration = Configuration(
        options.folds, options.seed, options.profile, options.epochs, options.threads, pretrained
    )
    first = clips_in_test_mode() if options.first is None else options.first or None
    data = read_table(options.data, first)
    if first:
        why = "" if options.first else " (FVC_TEST_MODE; --first 0 takes all)"
        tell(f"Of each class the first {first} clips are taken, {len(data.clips)} in all{why}.")
    asked = Asked(chosen, configuration, options.data, data, options.skip_unreadable, options.force)
    looked = partial(shown, what="looking at clips", unit="clips")
    outcome = train(asked, Folder(options.out), factory(options), tell, looked)
    _print(options, outcome, data.classes)
    return int(bool(outcome.failures))


def _pretrained(given: str) -> tuple[str, str]:
    model, equals, file = given.partition("=")
    if not equals or not file:
        raise VideoError(f"--pretrained {given}: write MODEL=FILE.")
    return model, os.path.abspath(file)


def _print(options: argparse.Namespace, outcome: "Outcome", classes: Sequence[str]) -> None:
    from swapbench_models.video.runs import comparison

    rows = comparison.rows(outcome.results, options.folds, classes)
    if options.json:
        print(json.dumps({"models": comparison.frame(rows), "failures": outcome.failures}, indent=2))
    elif rows:
        print(comparison.text(rows))
    if outcome.failures:
        count = len(outcome.failures)
        tell(f"{count} fold{'s' * (count > 1)} failed: {', '.join(outcome.failures)}; the same command tries again.")
