"""Arguments that several parts of the command take alike, and what they make."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from swapbench_models.arguments import at_least, seed
from swapbench_models.can.catalogue import ARCHITECTURES, DATASETS, FUSIONS, LOG_FORMS, OPENING_S, PROFILES
from swapbench_models.can.error import CanError
from swapbench_models.threads import keep_to_threads

if TYPE_CHECKING:
    from swapbench_models.can.runs.configuration import Configuration
    from swapbench_models.can.runs.factory import Factory
    from swapbench_models.can.runs.recordings import Recordings
    from swapbench_models.can.runs.states import Asked

MODELS_FOLDER = "saved_models"
_GENERATED, _READ = PROFILES[:2]  # the profile that suits recordings that are generated, and that are read


@dataclass(frozen=True)
class Made:
    """What stands in the place of the family's own detectors and of the recordings that are asked for."""

    make: "Factory | None" = None
    recordings: "Recordings | None" = None


def add_configuration(
    parser: argparse.ArgumentParser, default: str = f"{_READ} with --data, {_GENERATED} without"
) -> None:
    """Add how models are made and trained; `default` says in words what profile is taken where none is named."""
    openings = ", ".join(f"{name} {seconds:g} s" for name, seconds in OPENING_S.items())
    parser.add_argument(
        "--profile",
        choices=PROFILES,
        help=f"how large all is, and how long the opening of a recording that says what is usual: {openings} "
        f"(default: {default})",
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of all that is by chance (default: 0)")
    parser.add_argument(
        "--architecture",
        choices=ARCHITECTURES,
        default=ARCHITECTURES[0],
        help=f"whose networks teachers and students are (default: {ARCHITECTURES[0]})",
    )


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add where trained models lie."""
    parser.add_argument(
        "--models",
        type=Path,
        default=Path(MODELS_FOLDER),
        metavar="DIR",
        help=f"where trained models lie (default: {MODELS_FOLDER})",
    )


def add_fusion(parser: argparse.ArgumentParser) -> None:
    """Add what fusion agents are."""
    parser.add_argument("--fusion", choices=FUSIONS, default=FUSIONS[0], help=f"what fuses (default: {FUSIONS[0]})")


def add_recordings(parser: argparse.ArgumentParser) -> None:
    """Add what is learned from, and how many threads compute."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="a folder of data sets in the published layout (default: recordings generated for the profile and seed)",
    )
    parser.add_argument("--threads", type=at_least(1), default=1, metavar="N", help="so many compute (default: 1)")


def add_form(parser: argparse.ArgumentParser) -> None:
    """Add in what form a log is written."""
    known = ", ".join(LOG_FORMS[1:])
    parser.add_argument(
        "--form", default=LOG_FORMS[0], help=f"in which a log is written: {known} (default: as it begins)"
    )


def asked(options: argparse.Namespace) -> "Asked":
    """Return which models in which folder are meant, and of what recordings."""
    from swapbench_models.can.runs.folder import Folder
    from swapbench_models.can.runs.states import Asked

    data: Path | None = getattr(options, "data", None)
    return Asked(Folder(options.models), configuration(options), options.fusion, data, bool(options.made.recordings))


def configuration(options: argparse.Namespace) -> "Configuration":
    from swapbench_models.can.runs.configuration import Configuration

    return Configuration(profile(options), options.seed, options.architecture)


def profile(options: argparse.Namespace) -> str:
    """Return the profile that is named, or else the one that suits the recordings: the openings of quick are too short
    for any but those that are generated with it."""
    named: str | None = options.profile
    return named or (_READ if getattr(options, "data", None) else _GENERATED)


def datasets(options: argparse.Namespace) -> list[str]:
    """Return the data sets that are named, each once, or else the six; raises CanError for one that cannot be: where
    none are given by a folder, another than the six, and otherwise what is no name of a folder."""
    named: Sequence[str] = options.dataset or DATASETS
    for name in named:
        if options.data is None and not options.made.recordings:
            require_known(name, DATASETS, "give --data for a set of your own")
        else:
            require_name(name, f" under {options.data}")
    return list(dict.fromkeys(named))


def require_name(name: str, where: str = "") -> None:
    """Raise CanError for a data set whose name would lead to another folder, or is none."""
    if not name or Path(name).name != name or not name.isprintable():
        raise CanError(f"--dataset {name!r}: is no name of a folder{where}.")


def require_known(name: str, known: Sequence[str], more: str) -> None:
    """Raise CanError, with those that are like it, for a name of a data set that is not known."""
    if name not in known:
        from difflib import get_close_matches

        like = get_close_matches(name, known)
        meant = f"did you mean {' or '.join(like)}? " if like else ""
        raise CanError(f"There is no data set {name!r}; {meant}known are {', '.join(known)}; {more}.")


def recordings(options: argparse.Namespace) -> "Recordings":
    """Return the data sets that are learned from, of which nothing is read yet; raises CanError where one that is named
    is not among them."""
    keep_to_threads(options.threads)
    found = _recordings(options)
    for name in options.dataset or ():
        found.dataset(name)
    return found


def _recordings(options: argparse.Namespace) -> "Recordings":
    if options.made.recordings:
        given: Recordings = options.made.recordings
        return given
    if options.data:
        from swapbench_models.can.runs.read import Read

        return Read(options.data, tell)
    from swapbench_models.can.runs.generated import Generated

    return Generated(profile(options), options.seed)


def factory(options: argparse.Namespace) -> "Factory":
    """Return what makes detectors."""
    if options.made.make:
        made: Factory = options.made.make
        return made
    from swapbench_models.can.create import create

    return create


def tell(sentence: str) -> None:
    """Tell something beside the result."""
    print(sentence, file=sys.stderr, flush=True)


def counted(many: int, what: str) -> str:
    """Return how many there are of something, in words."""
    return f"{many} {what}{'' if many == 1 else 's'}"


def lasting(seconds: float | None) -> str:
    """Return in words how long something takes; a dash where nobody measured it."""
    if seconds is None:
        return "-"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
