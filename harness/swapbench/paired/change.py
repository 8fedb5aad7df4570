"""Changes: in which files two commits differ, and what that says of a cell: the same, or to be measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from swapbench.base.error import SwapError
from swapbench.paired.side import Side
from swapbench.plan.files import PROSE, PYTHON
from swapbench.plan.instrument import is_instrument, own_folder
from swapbench.run.job import Job
from swapbench.run.repository import Repository
from swapbench.show.files import is_report


@dataclass(frozen=True)
class Change:
    """The `files` of a repository, relative to its root, in which a working tree differs from a commit; `prose` says
    that measured code may read documentation."""

    repository: Repository
    files: Sequence[str]
    prose: bool = False

    @cached_property
    def read(self) -> list[str]:
        """The files that measured code may read or import: all but documentation and reports that we wrote."""
        root = self.repository.root
        return [path for path in self.files if self.prose or not (_documentation(path) or is_report(root / path))]

    @cached_property
    def unseen(self) -> list[str]:
        """The files that measured code may read without any key knowing of it: keys digest Python code that is
        imported, and what lies in the packages of that code."""
        return [path for path in self.read if not _python(path)]

    def spares(self, old: Job, now: Job) -> bool:
        """Tell whether nothing that determines a cell has changed, for certain: its key is the same, and what its key
        may not show has not changed."""
        return old.key == now.key and not self.unseen and not (self.read and (old.computed or now.computed))

    def shown(self, side: Side) -> bool:
        """Tell whether all that has changed shows in the keys of a side's data and fitted models."""
        return not self.unseen and not (self.read and side.computed)

    def beyond_measuring(self, job: Job) -> bool:
        """Tell whether a cell's model is part of the instrument and that has changed: one instrument measures both."""
        root, home = self.repository.root.resolve(), own_folder().resolve()
        changed = any((root / path).is_relative_to(home) for path in self.files if _python(path))
        return changed and is_instrument(job.request.factory)

    def check(self, old: Side, now: Side, tree: Path) -> None:
        """Raise SwapError when the other commit's cells would be measured with this working tree's code."""
        root = self.repository.root.resolve()
        for module, path in old.modules.items():
            place = path.resolve()
            if place.is_relative_to(root) and not place.is_relative_to(tree.resolve()):
                raise SwapError(
                    f"{old.name}: its module {module} is found in the working tree ({path}) and not in the checkout of "
                    "that commit, so both sides would be the same code; install the project in a way that puts its "
                    "source folder on the path."
                )
        for name, path in {**old.copies, **now.copies}.items():
            if path.is_relative_to(root):
                raise SwapError(
                    f"{name} is installed as a copy made from {path}, so both sides would be that copy and not their "
                    "own code; install it with `pip install --editable`, or leave it uninstalled."
                )


def _python(path: str) -> bool:
    return PurePosixPath(path).suffix in PYTHON


def _documentation(path: str) -> bool:
    return PurePosixPath(path).suffix in PROSE or path.startswith("docs/")
