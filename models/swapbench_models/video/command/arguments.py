"""Arguments that several parts of the command take alike, and what they read."""

import argparse
import os
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from swapbench_models.video.error import VideoError
from swapbench_models.video.sizes import SIZES

if TYPE_CHECKING:
    from swapbench_models.video.data.metadata import Metadata
    from swapbench_models.video.runs.clips import Clips
    from swapbench_models.video.runs.description import Description
    from swapbench_models.video.runs.factory import Factory
    from swapbench_models.video.runs.fold import Cell, Result

    Cells = Sequence[tuple[Cell, Result]]

Each = TypeVar("Each")

MODELS_TO_TRAIN, USE_MULTIMODEL = "MODELS_TO_TRAIN", "USE_MULTIMODEL"
_NO = {"0", "false", "no", "n"}


def add_models(parser: argparse.ArgumentParser, default: str) -> None:
    """Add which models."""
    known = ", ".join(SIZES)
    parser.add_argument("--models", metavar="A,B", help=f"some of {known} (default: {default})")


def models(given: str | None, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the models to train, in the order of training: those that are given, or else those of MODELS_TO_TRAIN, or
    all; without USE_MULTIMODEL (0, false, no or n) it has to be one.

    Raises VideoError for an unknown one, and for several that are not wanted.
    """
    if given is not None:
        return named(given, "--models")
    found = environment.get(MODELS_TO_TRAIN, "")
    chosen = named(found, MODELS_TO_TRAIN) if found.strip() else list(SIZES)
    if environment.get(USE_MULTIMODEL, "").strip().lower() in _NO and len(chosen) > 1:
        raise VideoError(f"{USE_MULTIMODEL} is off, and there are {len(chosen)} models; say which by --models NAME.")
    return chosen


def named(given: str, where: str) -> list[str]:
    """Return the models of a list with commas, in the order of training; raises VideoError for an unknown one."""
    wanted = [name.strip() for name in given.split(",") if name.strip()]
    for name in wanted:
        if name not in SIZES:
            raise VideoError(f"{where}: there is no model {name!r}; known are {', '.join(SIZES)}.")
    if not wanted:
        raise VideoError(f"{where} names no model; known are {', '.join(SIZES)}.")
    return [name for name in SIZES if name in wanted]


def trained(options: argparse.Namespace) -> "tuple[Description, Clips, Cells]":
    """Return what the run of a command is of, its clips, and the folds that are complete of the models that are given,
    or of all; tell of the others why they are not. Raises VideoError where none is."""
    from swapbench_models.video.runs.description import run_in
    from swapbench_models.video.runs.evaluate import cells
    from swapbench_models.video.runs.folder import Folder

    folder = Folder(options.run)
    description, clips = run_in(folder)
    chosen = named(options.models, "--models") if options.models else folder.trained()
    if not chosen:
        raise VideoError(f"{options.run}: no fold is complete there; train one first.")
    found = cells(folder, description, chosen)
    for cell, result in found:
        if result is None:
            tell(f"{cell}: is missing; {cell.failure() or 'it was not trained yet.'}")
    return description, clips, [(cell, result) for cell, result in found if result]


def read_table(table: Path, first: int | None = None) -> "Metadata":
    """Return the clips of a table, and tell on stderr of those that are missing."""
    from swapbench_models.video.data import metadata

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = metadata.read(table, first)
    for each in caught:
        tell(str(each.message))
    return found


def tell(sentence: str) -> None:
    """Tell something beside the result."""
    print(sentence, file=sys.stderr, flush=True)


def shown(each: Iterable[Each], what: str, unit: str) -> Iterable[Each]:
    """Yield each, and show on a terminal how many were."""
    from tqdm import tqdm

    return tqdm(each, what, unit=f" {unit}", leave=False, disable=None)


def factory(options: argparse.Namespace) -> "Factory":
    """Return what makes classifiers."""
    from swapbench_models.video.classifier.create import classifier

    made: Factory = options.make or classifier
    return made


def output(path: Path, content: str | bytes) -> None:
    """Write a file and print its path, or a text on stdout where its name is a dash."""
    from swapbench_models.writing import write

    if str(path) == "-" and isinstance(content, str):
        print(content, end="")
        return
    write(path, content if isinstance(content, bytes) else content.encode())
    print(path)


def forms(paths: Sequence[Path], known: Mapping[str, Any]) -> None:
    """Raise VideoError for a file whose name does not end as one of those that can be written."""
    for path in paths:
        if path.suffix not in known:
            raise VideoError(f"{path}: cannot be written; give a name that ends with {' or '.join(known)}.")
