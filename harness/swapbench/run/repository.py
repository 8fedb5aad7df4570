"""The repository of the measured code: which commit is here, and clean copies of others."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swapbench.base.error import SwapError
from swapbench.base.process import ended, identity

# Whichever git the user has; without writing to the index on the way, and without running the repository's hooks.
_GIT = ("git", "--no-optional-locks", "-c", f"core.hooksPath={os.devnull}")

_TRACKED = ("status", "--porcelain", "--untracked-files=no")
_BESIDE = ("ls-files", "--others", "--exclude-standard", "--", "*.py")


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
        """The present commit: its id, its date (ISO 8601), its first line, and whether what is measured may differ from
        it (`dirty`): tracked files do, or Python files lie beside them that git neither tracks nor ignores."""
        told = _git(self.root, "log", "-1", "--format=%H%n%cI%n%s")
        if told is None:
            return {}
        commit, date, *title = told.split("\n")
        dirty = any(_git(self.root, *asked) for asked in (_TRACKED, _BESIDE))
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
        """Return the files in which the working tree differs from a commit, untracked ones included, relative to the
        root; what a store of ours or pytest-benchmark's holds is left out."""
        tracked = _git(self.root, "diff", "--name-only", "--no-renames", "-z", commit) or ""
        untracked = _git(self.root, "ls-files", "--others", "--exclude-standard", "-z") or ""
        return sorted(path for path in {*tracked.split("\0"), *untracked.split("\0")} if path and not self._kept(path))

    def _kept(self, path: str) -> bool:
        """Tell whether a file is a measurement that was kept, which no measured code reads."""
        folders = list(Path(path).parents)
        return ".benchmarks" in Path(path).parts or any(
            (self.root / folder / "journal.sqlite").is_file() for folder in folders[:-1]
        )

    @contextmanager
    def checkout(self, commit: str) -> Iterator[Path]:
        """Make a clean copy of a commit in a temporary folder for the length of a with block.

        It is a linked worktree: nothing of the user's own changes. Copies left by runs that were killed are removed
        first.
        """
        self._sweep()
        folder = Path(tempfile.mkdtemp(prefix=f"swapbench-{os.getpid()}-"))
        tree = folder / "tree"
        try:
            # Before there is a worktree: one that is killed at any moment leaves none without its mark.
            _mark_of(tree).write_text(json.dumps({"tree": str(tree), "maker": identity(os.getpid())}))
            self._must("worktree", "add", "--detach", "--quiet", str(tree), commit)
            yield tree
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _git(self.root, "worktree", "prune")

    def _sweep(self) -> None:
        """Remove the copies whose makers have ended. Their mark proves that they are ours, no name of a folder does;
        and git keeps notes of linked worktrees only, never of the main one."""
        common = _git(self.root, "rev-parse", "--path-format=absolute", "--git-common-dir")
        for notes in Path(common).glob("worktrees/*") if common else ():
            tree = _left_behind(notes)
            if tree is not None and _git(self.root, "worktree", "remove", "--force", str(tree)) is not None:
                _mark_of(tree).unlink()
                with suppress(OSError):  # somebody has put something beside it
                    tree.parent.rmdir()

    def _must(self, *arguments: str) -> None:
        done = _run(self.root, *arguments)
        if done is None or done.returncode != 0:
            told = done.stderr.strip().splitlines()[-1:] if done else ["git is not installed"]
            raise SwapError(f"git {' '.join(arguments)} failed in {self.root}: {''.join(told)}.")


def _mark_of(tree: Path) -> Path:
    return tree.with_name("swapbench.json")


def _left_behind(notes: Path) -> Path | None:
    """Return the worktree that git keeps these notes of when we have made it and its maker has ended for certain.

    Notes, worktree and mark must name each other: a worktree that was moved or made anew is its user's.
    """
    try:
        tree = Path((notes / "gitdir").read_text().strip()).parent
        linked = Path((tree / ".git").read_text().removeprefix("gitdir: ").strip())
        mark = json.loads(_mark_of(tree).read_text())
        ours = linked.resolve() == notes.resolve() and mark["tree"] == str(tree)
        return tree if ours and ended(mark["maker"]) else None
    except (OSError, ValueError, KeyError, TypeError):  # not ours, whatever it is
        return None


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
