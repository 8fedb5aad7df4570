"""Prints anew what the README shows, by the commands that it names, in a project that holds its example; and draws the
pictures of suites that stand in it and in other pages, by the commands above them.

python docs/front.py                  # all of it: some ten minutes, on a machine that does nothing else
python docs/front.py pictures         # only the pictures
python docs/front.py pytest           # only the block whose first command is this program, pytest or sed
python docs/front.py pytest --check   # change nothing; exit with 1 where what is printed has another form
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
COLUMNS = "100"
_CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"^```python\n# (?P<path>\S+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_PICTURE = re.compile(
    r"^```\n(?P<commands>pytest .*--swap-report (?P<report>\S+)\npython docs/picture.py .*)\n```\n\n!\[", re.MULTILINE
)
_PROJECT = "git init --quiet && git add . && git -c user.name=me -c user.email=me@example.org commit --quiet -m mine"


@dataclass(frozen=True)
class Block:
    """Commands, and what is shown of what the last of them prints."""

    commands: tuple[str, ...]
    shown: str

    @classmethod
    def read(cls, text: str) -> "Block":
        lines = text.splitlines()
        commands = tuple(line.removeprefix("$ ") for line in lines if line.startswith("$ "))
        return cls(commands, "\n".join(lines[len(commands) :]))

    @property
    def program(self) -> str:
        """The first word of the first command."""
        return self.commands[0].split()[0]

    def text(self) -> str:
        return "".join(f"$ {command}\n" for command in self.commands) + f"{self.shown}\n"

    def anew(self, folder: Path) -> "Block":
        """Return the block as its commands print it now."""
        printed = [_printed(command, folder) for command in self.commands]
        return Block(self.commands, excerpt(printed[-1], self.shown))


def main() -> int:
    """Write the README's blocks anew, or check their form; the exit status is 1 where that differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("programs", nargs="*", help="whose blocks (default: all)")
    parser.add_argument("--check", action="store_true", help="change nothing, compare the form")
    options = parser.parse_args()
    text = README.read_text()
    status = 0
    for found in _CONSOLE.findall(text):
        block = Block.read(found)
        if options.programs and block.program not in options.programs:
            continue
        with TemporaryDirectory() as folder:
            now = block.anew(_project(Path(folder), text))
        print(now.text())
        if options.check and form(now.shown) != form(block.shown):
            print(f"README.md shows {form(block.shown)}; now it is {form(now.shown)}.", file=sys.stderr)
            status = 1
        text = text.replace(found, now.text())
    if not options.check:
        README.write_text(text)
    if not options.check and set(options.programs) <= {"pictures"}:
        pictures()
    return status


def pictures() -> None:
    """Run the commands above each picture of a suite, in this repository."""
    for page in (README, *sorted((ROOT / "docs").glob("*.md"))):
        for found in _PICTURE.finditer(page.read_text()):
            with TemporaryDirectory() as folder:
                for command in found["commands"].splitlines():
                    store = f" --swap-store {folder}" if command.startswith("pytest") else ""
                    print(_printed(command.replace(found["report"], f"{folder}/{found['report']}") + store, ROOT))


def excerpt(printed: str, shown: str) -> str:
    """Return from what was printed the paragraphs that are shown: from the first that begins as the first one shown
    does, to the last that begins as the last one shown does."""
    paragraphs = re.split(r"\n\n+", printed.strip("\n"))
    first, last = (_beginning(re.split(r"\n\n+", shown)[at]) for at in (0, -1))
    begin = [at for at, text in enumerate(paragraphs) if _beginning(text) == first]
    end = [at for at, text in enumerate(paragraphs) if _beginning(text) == last]
    if not begin or not end:
        sys.exit(f"nothing begins with {' '.join(first)!r} or {' '.join(last)!r} in what was printed:\n{printed}")
    return "\n\n".join(paragraphs[begin[0] : end[-1] + 1])


def form(shown: str) -> dict[str, list[str]]:
    """Return what no measurement changes: the headings of tables, the names of rows, and how sentences begin."""
    found: dict[str, list[str]] = {"headings": [], "rows": [], "sentences": []}
    for paragraph in re.split(r"\n\n+", shown):
        lines = paragraph.splitlines()
        rule = next((at for at, line in enumerate(lines) if re.fullmatch("-+", line)), None)
        if rule is None:
            found["sentences"].append(" ".join(_beginning(paragraph)))
            continue
        found["sentences"] += [re.sub(r"\d+| \(ratios.*", "", line) for line in lines[: rule - 1]]
        headings, *rows = (re.split(r"  +", line) for line in (lines[rule - 1], *lines[rule + 1 :]))
        names = sum(heading in ("model", "backend", "variant") for heading in headings)
        found["headings"] += [heading for heading in headings if heading not in found["headings"]]
        found["rows"] += [row for row in (" ".join(row[:names]) for row in rows) if row not in found["rows"]]
    return found


def _beginning(paragraph: str) -> list[str]:
    return paragraph.split()[:2]


def _project(folder: Path, text: str) -> Path:
    """Write the README's files into a folder and commit them, and return it."""
    for name, code in _files(text):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code)
    (folder / ".gitignore").write_text(".benchmarks/\n__pycache__/\n")
    _printed(_PROJECT, folder)
    return folder


def _files(text: str) -> Iterator[tuple[str, str]]:
    for match in _FILE.finditer(text):
        yield match["path"], match["code"]


def _printed(command: str, folder: Path) -> str:
    """Return what a command of the shell prints in a terminal of COLUMNS, whatever its exit status."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": COLUMNS}
    asked = ["/bin/sh", "-c", command]
    done = subprocess.run(asked, cwd=folder, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
