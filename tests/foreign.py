"""Somebody else's environment and repository, into which the wheel is installed."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[1]
_GIT = ("git", "-c", "user.name=they", "-c", "user.email=they@example.invalid")


def run(folder: Path, *command: str, status: int = 0, **variables: str) -> str:
    """Run a command in a folder as its user would, without what a test's own environment would lend it, and return all
    that it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHONPATH"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, "COLUMNS": "300", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == status, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """An environment into which the wheel is installed, with other packages."""

    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def swapbench(self) -> str:
        return str(self.folder / "bin" / "swapbench")


def installed(folder: Path, *packages: str) -> Installed:
    """Build the wheel and install it into a fresh environment under a folder, with packages of the index; what the
    wheel requires is the environment's in which this runs."""
    made = Installed(folder / "environment")
    run(ROOT, sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), ".")
    (wheel,) = folder.glob("*.whl")
    run(folder, sys.executable, "-m", "venv", str(made.folder))
    (site,) = made.folder.glob("lib/python*/site-packages")
    (site / "required.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    pip = (made.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    run(folder, *pip, "--no-deps", str(wheel))
    if packages:
        run(folder, *pip, *packages)
    where = run(folder, made.python, "-c", "import swapbench; print(swapbench.__file__)").strip()
    assert Path(where).is_relative_to(site)
    return made


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files by their paths, and return the folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text).lstrip("\n"))
    return folder


def committed(folder: Path) -> None:
    """Commit all that lies in a folder, in a repository of its own."""
    if not (folder / ".git").exists():
        run(folder, "git", "init", "--quiet")
    run(folder, *_GIT, "add", ".")
    run(folder, *_GIT, "commit", "--quiet", "--message", "theirs")
