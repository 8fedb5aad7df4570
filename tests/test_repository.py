"""The repository: what has changed in it, copies of its commits, and that nothing of the user's is ever removed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers import environment, record
from swapbench.base import process
from swapbench.record import store
from swapbench.record.run import Run
from swapbench.run.repository import Repository

_DEAD = 2**22 - 1  # above every number that Linux gives out


def git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    done = subprocess.run(
        ["git", *name, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def committed(folder: Path) -> Repository:
    """Make a repository of a folder's files, one commit old."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.py").write_text("x = 1\n")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    return Repository(folder)


def test_code_that_git_does_not_know_is_no_clean_commit(tmp_path: Path) -> None:
    repository = committed(tmp_path / "project")
    (repository.root / "notes.txt").write_text("nothing that is measured")
    assert repository.source["dirty"] is False
    (repository.root / "new.py").write_text("x = 1\n")
    assert repository.source["dirty"] is True
    (repository.root / ".gitignore").write_text("new.py\n")
    assert repository.source["dirty"] is False


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return committed(tmp_path / "project")


def copy_of_the_dead(
    repository: Repository, folder: Path, change: Callable[[dict[str, Any]], None] = lambda _: None
) -> Path:
    """Leave a copy as a process leaves it that was killed, its mark changed; return the worktree."""
    folder.mkdir()
    with repository.checkout(git(repository.root, "rev-parse", "HEAD")) as tree:
        told = json.loads((tree.parent / "swapbench.json").read_text())
        kept = folder / "tree"
        git(repository.root, "worktree", "move", str(tree), str(kept))
    told["tree"] = str(kept)
    told["maker"]["pid"] = _DEAD
    change(told)
    (folder / "swapbench.json").write_text(json.dumps(told))
    return kept


def checked_out(repository: Repository) -> None:
    with repository.checkout(git(repository.root, "rev-parse", "HEAD")) as tree:
        assert (tree / "model.py").read_text() == "x = 1\n"


def test_a_repository_whose_folder_is_named_like_a_copy_of_ours_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / f"swapbench-{_DEAD}-mine"
    repository = committed(folder / "repository")
    (repository.root / "notes").write_text("not committed")
    (folder / "beside").write_text("precious")
    git(repository.root, "worktree", "add", "--quiet", "--detach", str(folder / "linked"))
    checked_out(repository)
    assert {path.name for path in folder.iterdir()} == {"repository", "beside", "linked"}
    assert (repository.root / "notes").read_text() == "not committed"


def test_a_copy_whose_maker_has_ended_is_removed_and_what_lies_beside_it_stays(
    repository: Repository, tmp_path: Path
) -> None:
    left = [copy_of_the_dead(repository, tmp_path / name) for name in ("one", "two")]
    (tmp_path / "two" / "beside").touch()
    checked_out(repository)
    assert [tree.exists() for tree in left] == [False, False]
    assert not (tmp_path / "one").exists()
    assert (tmp_path / "two" / "beside").exists()


def _mine(told: dict[str, Any]) -> None:
    told["maker"] = process.identity(os.getpid())


def _of_another_boot(told: dict[str, Any]) -> None:
    told["maker"]["boot"] = "another"


def _of_another_container(told: dict[str, Any]) -> None:
    told["maker"]["namespace"] = "another"


def _without_a_maker(told: dict[str, Any]) -> None:
    told["maker"] = None


def _for_another_folder(told: dict[str, Any]) -> None:
    told["tree"] += "-before"


@pytest.mark.parametrize(
    "doubt", [_mine, _of_another_boot, _of_another_container, _without_a_maker, _for_another_folder]
)
def test_a_copy_that_may_be_in_use_or_somebodys_own_stays(
    repository: Repository, tmp_path: Path, doubt: Callable[[dict[str, Any]], None]
) -> None:
    tree = copy_of_the_dead(repository, tmp_path / "kept", doubt)
    checked_out(repository)
    assert (tree / "model.py").exists()


def test_a_worktree_that_its_user_moved_stays(repository: Repository, tmp_path: Path) -> None:
    tree = copy_of_the_dead(repository, tmp_path / "copy")
    git(repository.root, "worktree", "move", str(tree), str(tmp_path / "mine"))
    checked_out(repository)
    assert (tmp_path / "mine" / "model.py").exists()


def test_a_process_is_known_by_its_start_and_not_by_its_number_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        known = process.identity(other.pid)
        assert known is not None
        assert not process.ended(known)
        assert process.ended({**known, "start": known["start"] - 1})
    assert process.ended(known)
    assert process.identity(other.pid) is None


def test_measurements_that_are_kept_are_no_changed_files(repository: Repository) -> None:
    """Nobody needs a .gitignore for that, nor when the store has a name of its own."""
    for name in (".benchmarks/Linux/0001.json", "kept/journal.sqlite", "kept/cache/data/X.npy", "weights.bin"):
        (repository.root / name).parent.mkdir(parents=True, exist_ok=True)
        (repository.root / name).touch()
    assert repository.changed("HEAD") == ["weights.bin"]


def test_changed_files_have_their_own_names_whatever_these_are(repository: Repository) -> None:
    for name in ("größe.md", "two words.txt", "a\nb"):
        (repository.root / name).touch()
    assert repository.changed("HEAD") == sorted(["größe.md", "two words.txt", "a\nb"])


def test_a_store_keeps_itself_out_of_the_repository_but_for_the_baseline(repository: Repository) -> None:
    folder = store.made(repository.root / ".benchmarks" / "swapbench")
    (folder / "journal.sqlite").touch()
    assert git(repository.root, "status", "--porcelain") == ""
    (folder / "baseline.json").touch()
    assert git(repository.root, "status", "--porcelain", "-uall") == "?? .benchmarks/swapbench/baseline.json"


def test_a_folder_that_was_there_before_is_its_owners(repository: Repository) -> None:
    assert store.made(repository.root) == repository.root
    assert not (repository.root / ".gitignore").exists()


def test_a_run_of_clean_and_changed_code_says_changed() -> None:
    clean, dirty = ({"commit": "c", "dirty": dirty, "title": "t"} for dirty in (False, True))
    for sources in ((clean, dirty), (dirty, clean), (dirty, {}, clean)):
        records = tuple(record(fold=fold, source=source) for fold, source in enumerate(sources))
        assert Run("r", (), {}, records).source == dirty
    assert Run("r", (), {}, (record(source=clean), record(fold=1, source=clean))).source == clean
    assert Run("r", (), {}, (record(source=clean), record(fold=1, source={"commit": "d"}))).source == {}
