"""Begin: what a run is of, settled before anything is trained, and the same each time it is gone on with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swapbench_models import sealed
from swapbench_models.error import FamilyError
from swapbench_models.video.code import code
from swapbench_models.video.data.metadata import Metadata
from swapbench_models.video.error import VideoError
from swapbench_models.video.runs.clips import Clips, as_table, clips, split, unreadable
from swapbench_models.video.runs.configuration import Configuration
from swapbench_models.video.runs.description import Description, described
from swapbench_models.video.runs.fold import check_same
from swapbench_models.video.runs.folder import Folder
from swapbench_models.video.sizes import SIZES
from swapbench_models.writing import write

Tell = Callable[[str], None]
Shown = Callable[[Sequence[str]], Any]
_TOLD = 5


@dataclass(frozen=True)
class Asked:
    """What a run is asked for: models, in a configuration, on the clips of a table; whether clips that cannot be read
    are left out, and whether what was trained before is forgotten."""

    models: Sequence[str]
    configuration: Configuration
    table: Path
    data: Metadata
    skip_unreadable: bool = False
    force: bool = False


def begun(asked: Asked, folder: Folder, tell: Tell, shown: Shown) -> tuple[Description, Clips]:
    """Return what a run is of, and its clips in folds, once both are written in its folder.

    Raises VideoError where the folder holds something else, a clip cannot be read, or folds are too many, and where the
    table is the one that would be written.
    """
    if folder.clips.exists() and folder.clips.samefile(asked.table):
        raise VideoError(f"{asked.table}: is where the run writes its clips; give another --out, or a table elsewhere.")
    found = clips(asked.data)
    stands_on = {
        "configuration": sealed.digest(asked.configuration.stands_on()),
        "data": found.digest(asked.data.classes),
        "code": code(),
    }
    known = _known(asked, folder, stands_on)
    left_out = known.unreadable if known else _unreadable(found, asked.configuration.profile, tell, shown)
    if left_out and not asked.skip_unreadable:
        count = sum(content in left_out for content in found.contents)
        raise VideoError(
            f"{asked.table}: {count} of {len(found.paths)} clips cannot be read; repair them, or leave them out with "
            "--skip-unreadable."
        )
    found, strata = split(found, asked.configuration.folds, asked.configuration.seed, left_out)
    classes, table = asked.data.classes, str(asked.table.absolute())
    description = Description(asked.configuration, table, classes, strata, left_out, stands_on)
    if asked.force:
        folder.forget(asked.models if known else SIZES)
    written = as_table(found)
    description.write(folder, written)  # first: a table of clips without it is somebody else's
    write(folder.clips, written)
    return description, found


def _known(asked: Asked, folder: Folder, stands_on: Mapping[str, str]) -> Description | None:
    """Return the description of a run that is gone on with, or None of one that begins.

    Raises FamilyError, unless it is forced to begin, where the folder is of another run, or its description is damaged.
    """
    try:
        known = described(folder)
    except FamilyError as error:
        if asked.force:
            return None
        raise VideoError(f"{error} Give another --out, or --force to train anew.") from error
    if known and asked.force:
        return known if known.stands_on == stands_on else None
    if known:
        changes = asked.configuration.changes(known.configuration)
        check_same(folder.root, known.stands_on, stands_on, changes)
    return known


def _unreadable(found: Clips, profile: str, tell: Tell, shown: Shown) -> tuple[str, ...]:
    """Return the content of the clips that cannot be read, and tell of the first why."""
    failed = unreadable(found, profile, shown)
    for reason in list(failed.values())[:_TOLD]:
        tell(reason)
    if len(failed) > _TOLD:
        tell(f"And {len(failed) - _TOLD} more.")
    return tuple(sorted({content for path, content in zip(found.paths, found.contents, strict=True) if path in failed}))
