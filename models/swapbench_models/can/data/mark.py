"""Mark: a file in the folder of a generated data set that says of which plan it is, and of each file what is in it.

It is there before the first recording, and complete after the last: what a kill leaves is known as a part of the set.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from swapbench_models import reading
from swapbench_models.can.data.plan import Entry, Plan, placed
from swapbench_models.can.error import CanError
from swapbench_models.writing import write

NAME = "generated.json"
# Raise it when a plan's recordings change: sets made before are told from those made now.
VERSION = 1
_PARTIAL = ".partial-*"
COLUMNS = "can-train-and-test"
# Of each form that a set is written in, how its files are called; one of HCRL's cannot say what was injected.
SUFFIXES = {COLUMNS: ".csv", "hcrl-csv": ".csv", "survival": ".csv", "candump": ".log"}


@dataclass(frozen=True)
class Mark:
    """The mark of a plan's set, in one of the forms of SUFFIXES, in the folder of its data set."""

    folder: Path
    plan: Plan
    form: str = COLUMNS

    def planned(self) -> dict[str, Entry]:
        """Return of each file of the set, by its place in the folder, the recording that it is."""
        return {f"{name}{SUFFIXES[self.form]}": entry for name, entry in placed(self.plan).items()}

    def check(self, force: bool = False) -> None:
        """Raise CanError where the folder holds something else than this set, or a part of it, or a file of it that is
        not as it was made; where it is forced, for files alone that no plan has made."""
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            raise CanError(f"{self.folder}: is no folder; give one for the recordings.")
        if strange := self._strange():
            told = "was not made by this command; give another folder, or move it away"
            raise CanError(f"{self.folder / strange}: {told}.")
        if force:
            return
        if self._found() and not self._begun():
            told = "holds a set of another plan; give another folder, or --force to make this one in its place"
            raise CanError(f"{self.folder}: {told}.")
        for name, sha in self.files().items():
            if (self.folder / name).is_file() and digest(self.folder / name) != sha:
                told = "is not as it was made; give another folder, or --force to make it again"
                raise CanError(f"{self.folder / name}: {told}.")

    def files(self) -> dict[str, str]:
        """Return of each file that was made of this plan what is in it; none where the set is of another one."""
        listed = self._found().get("files") if self._begun() else None
        return {name: listed[name] for name in self.planned() if name in listed} if isinstance(listed, dict) else {}

    def kept(self) -> dict[str, str]:
        """Return those of `files` that are there as they were written."""
        there = {name: sha for name, sha in self.files().items() if (self.folder / name).is_file()}
        return {name: sha for name, sha in there.items() if digest(self.folder / name) == sha}

    def clear(self) -> None:
        """Delete the set of another plan, and what a kill has left of a file of this one."""
        for partial in self.folder.rglob(_PARTIAL):
            shutil.rmtree(partial, ignore_errors=True)
        if self._begun():
            return
        for name in sorted(self._made() - {NAME}):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / NAME).unlink(missing_ok=True)  # last: what a kill leaves is still known as what was made

    def set(self, made: Mapping[str, str]) -> None:
        """Write the mark, with the digests by name of the files that are made."""
        write(
            self.folder / NAME,
            json.dumps({"plan": self._plan(), "files": dict(sorted(made.items()))}, indent=1).encode(),
        )

    def _strange(self) -> str:
        """Return the first file in the folder that no plan has made, or nothing."""
        made = self._made()
        there = (each.relative_to(self.folder) for each in sorted(self.folder.rglob("*")) if not each.is_dir())
        partial = _PARTIAL.removesuffix("*")
        return next((str(at) for at in there if str(at) not in made and not at.parent.name.startswith(partial)), "")

    def _made(self) -> frozenset[str]:
        """Return the names of files that may have been made of the plan that the mark is of, itself included."""
        told = self._found().get("plan")
        if not isinstance(told, dict):
            return frozenset()
        try:
            plan = Plan(told["dataset"], told["profile"], told["seed"])
            return frozenset([NAME, *Mark(self.folder, plan, told["form"]).planned()])
        except (CanError, KeyError, TypeError):
            return frozenset()

    def _begun(self) -> bool:
        return self._found().get("plan") == self._plan()

    def _plan(self) -> dict[str, object]:
        return {**asdict(self.plan), "form": self.form, "version": VERSION}

    def _found(self) -> dict[str, object]:
        try:
            found = reading.values(reading.read(self.folder / NAME))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def told(folder: Path) -> str | None:
    """Return in words of which plan the set in a folder is, None where it has no mark."""
    try:
        plan = reading.values(reading.read(folder / NAME))["plan"]
        return f"{plan['dataset']}, profile {plan['profile']}, seed {plan['seed']}"
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return f"{NAME} does not say how"


def digest(file: Path) -> str:
    """Return the SHA-256 of what is in a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
