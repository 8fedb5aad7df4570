"""Mark: a file in the folder of a generated set that says of which plan it is, and of each file what is in it.

It is there before the first clip, and complete after the last: what a kill leaves is known as a part of the set.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from swapbench_models.video.data.plan import Plan, shots
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.content import digest
from swapbench_models.writing import write

NAME, TABLE = "generated.json", "metadata.csv"
# Raise it when a plan's clips change: sets made before are told from those made now.
VERSION = 1
_CLIP = re.compile(r"clip_\d{5,}\.mp4")


@dataclass(frozen=True)
class Mark:
    """The mark of a plan's set in a folder."""

    folder: Path
    plan: Plan

    def check(self) -> None:
        """Raise VideoError where the folder holds something else than this set, or a part of it."""
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            raise VideoError(f"{self.folder}: is no folder; give one for the clips.")
        begun = self._found().get("plan") == self._plan()
        if not begun and any(not each.name.startswith(".partial-") for each in self.folder.iterdir()):
            raise VideoError(f"{self.folder}: holds other files, or clips of another plan; give an empty folder.")

    def whole(self) -> bool:
        """Whether every file of the set is there and as it was written."""
        found, names = self._found(), {TABLE, *(shot.file for shot in shots(self.plan))}
        files = found.get("files")
        if found.get("plan") != self._plan() or not isinstance(files, dict) or files.keys() != names:
            return False
        return all((self.folder / name).is_file() and digest(self.folder / name) == sha for name, sha in files.items())

    def clear(self) -> None:
        """Delete the clips of another plan where the mark says that they were made; other files stay."""
        if self._found().get("plan") in (None, self._plan()):
            return
        for file in self.folder.iterdir():
            if _CLIP.fullmatch(file.name) or file.name == TABLE:
                file.unlink()
        (self.folder / NAME).unlink()  # last: what a kill leaves is still known as what was made

    def set(self, files: Mapping[str, str] | None) -> None:
        """Write the mark, with the digests of all files by name where they are there."""
        write(self.folder / NAME, json.dumps({"plan": self._plan(), "files": files}, indent=1).encode())

    def _plan(self) -> dict[str, object]:
        return {**asdict(self.plan), "version": VERSION}

    def _found(self) -> dict[str, object]:
        try:
            found = json.loads((self.folder / NAME).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
