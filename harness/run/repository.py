"""The repository of the measured code: which commit is here, and clean copies of others."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.plan.error import SwapError

# Whichever git the user has; without writing to the index on the way, and without running the repository's hooks.
_GIT = ("git", "--no-optional-locks", "-c", f"core.hooksPath={os.devnull}")


@dataclass(frozen=True)
class Repository:
    """A git working tree; `root` is its top folder."""

    root: Path

    @classmethod
    def around(cls, folder: Path) -> "Repository | None":
        """Return the repository that a folder lies in, or None: no repository, or no git."""
        top = _git(folder, "rev-parse", "--show-toplevel")
        return None if top is None else cls(Path(top))

    @property
    def source(self) -> dict[str, Any]:
        """The present commit: its id, its date (ISO 8601), whether tracked files differ from it, its first line."""
        told = _git(self.root, "log", "-1", "--format=%H%n%cI%n%s")
        if told is None:
            return {}
        commit, date, *title = told.split("\n")
        dirty = bool(_git(self.root, "status", "--porcelain", "--untracked-files=no"))
        return {"commit": commit, "date": date, "dirty": dirty, "title": "".join(title)}

    def commit(self, revision: str) -> str:
        """Return the full id of a revision; raises SwapError when there is no such commit."""
        found = _git(self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found is None:
            raise SwapError(
                f"There is no commit {revision!r} in {self.root}; in a shallow clone, fetch it first "
                f"(git fetch --depth=1 origin {revision})."
            )
        return found

    def changed(self, commit: str) -> list[str]:
        """Return the files in which the working tree differs from a commit, untracked ones included."""
        tracked = _git(self.root, "diff", "--name-only", commit) or ""
        untracked = _git(self.root, "ls-files", "--others", "--exclude-standard") or ""
        return sorted({*tracked.splitlines(), *untracked.splitlines()})

    @contextmanager
    def checkout(self, commit: str) -> Iterator[Path]:
        """Make a clean copy of a commit in a temporary folder for the length of a with block.

        It is a linked worktree: nothing of the user's own changes. Copies left by runs that were killed are removed
        first; their folders' names hold the number of the process that made them.
        """
        self._sweep()
        folder = Path(tempfile.mkdtemp(prefix=f"swapbench-{os.getpid()}-"))
        tree = folder / "tree"
        try:
            self._must("worktree", "add", "--detach", "--quiet", str(tree), commit)
            yield tree
        finally:
            self._remove(folder)

    def _remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        _git(self.root, "worktree", "prune")

    def _sweep(self) -> None:
        for line in (_git(self.root, "worktree", "list", "--porcelain") or "").splitlines():
            folder = Path(line.removeprefix("worktree ")).parent
            if line.startswith("worktree ") and folder.name.startswith("swapbench-"):
                maker = folder.name.split("-")[1]
                if maker.isdecimal() and not Path(f"/proc/{maker}").exists():
                    self._remove(folder)

    def _must(self, *arguments: str) -> None:
        done = _run(self.root, *arguments)
        if done is None or done.returncode != 0:
            told = done.stderr.strip().splitlines()[-1:] if done else ["git is not installed"]
            raise SwapError(f"git {' '.join(arguments)} failed in {self.root}: {''.join(told)}.")


def source_of(folder: Path) -> dict[str, Any]:
    """Return the commit of the code in a folder, or {} outside any repository."""
    repository = Repository.around(folder)
    return repository.source if repository else {}


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what a git command printed, or None when it failed."""
    done = _run(folder, *arguments)
    return done.stdout.strip() if done is not None and done.returncode == 0 else None


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str] | None":
    # A hook that runs us would tell git of its own repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(
            [*_GIT, "-C", str(folder), *arguments], capture_output=True, text=True, check=False, env=kept
        )
    except OSError:
        return None
