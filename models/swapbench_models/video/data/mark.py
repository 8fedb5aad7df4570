"""Mark: a file in the folder of a generated set that says of which plan it is, and of each file what is in it.

It is there before the first clip, and complete after the last: what a kill leaves is known as a part of the set.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from swapbench_models import reading
from swapbench_models.video.data.plan import Plan, file, shots
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.content import digest
from swapbench_models.writing import write

NAME, TABLE = "generated.json", "metadata.csv"
# Raise it when a plan's clips change: sets made before are told from those made now.
VERSION = 1
_CLIP = re.compile(r"clip_(\d{5,12})\.mp4")


@dataclass(frozen=True)
class Mark:
    """The mark of a plan's set in a folder."""

    folder: Path
    plan: Plan

    def check(self, force: bool = False) -> None:
        """Raise VideoError where the folder holds something else than this set, or a part of it, or a file of it that
        is not as it was made; where it is forced, for other files beside a set of another plan alone."""
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            raise VideoError(f"{self.folder}: is no folder; give one for the clips.")
        if not self._begun() and self._others(force):
            raise VideoError(f"{self.folder}: holds other files, or clips of another plan; give an empty folder.")
        if self._begun() and not force:
            for name, sha in self._files().items():
                if (self.folder / name).is_file() and digest(self.folder / name) != sha:
                    told = "is not as it was made; give another folder, or --force to make it again"
                    raise VideoError(f"{self.folder / name}: {told}.")

    def whole(self) -> bool:
        """Whether every file of the set is there and as it was written."""
        files, names = self._files(), {TABLE, *(shot.file for shot in shots(self.plan))}
        if not self._begun() or files.keys() != names:
            return False
        return all((self.folder / name).is_file() and digest(self.folder / name) == sha for name, sha in files.items())

    def clear(self) -> None:
        """Delete the set of another plan that the mark says was made; other files stay."""
        if self._begun():
            return
        for name in sorted(self._made() - {NAME}):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / NAME).unlink(missing_ok=True)  # last: what a kill leaves is still known as what was made

    def set(self, files: Mapping[str, str] | None) -> None:
        """Write the mark, with the digests of all files by name where they are there."""
        write(self.folder / NAME, json.dumps({"plan": self._plan(), "files": files}, indent=1).encode())

    def _others(self, force: bool) -> bool:
        """Whether the folder holds files that this set may not take the place of."""
        mine = self._made() if force else ()
        return any(each.name not in mine and not each.name.startswith(".partial-") for each in self.folder.iterdir())

    def _begun(self) -> bool:
        return self._found().get("plan") == self._plan()

    def _made(self) -> frozenset[str]:
        """Return the names of files that may have been made of the plan that the mark is of, itself included."""
        plan = self._found().get("plan")
        clips = plan.get("clips") if isinstance(plan, dict) else None
        if not isinstance(clips, int):
            return frozenset()
        # Of those that are there, and not all that a plan would have: a stranger's mark may tell of any number.
        names = (each.name for each in self.folder.iterdir())
        return frozenset(name for name in names if name in (NAME, TABLE) or _of_first(name, clips))

    def _files(self) -> dict[str, str]:
        """Return what the mark says of the files of a set; a name that leads elsewhere is none of them."""
        files = self._found().get("files")
        told = files.items() if isinstance(files, dict) else ()
        return {name: sha for name, sha in told if name == TABLE or _CLIP.fullmatch(name)}

    def _plan(self) -> dict[str, object]:
        return {**asdict(self.plan), "version": VERSION}

    def _found(self) -> dict[str, object]:
        try:
            found = reading.values(reading.read(self.folder / NAME))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _of_first(name: str, clips: int) -> bool:
    """Tell whether a name is that of one of so many clips."""
    found = _CLIP.fullmatch(name)
    return found is not None and int(found[1]) < clips and name == file(int(found[1]))
