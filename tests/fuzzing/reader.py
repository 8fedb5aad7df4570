"""Readers, the files that they are given, and what comes of that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from fuzzing.changes import changed

HEAD = f"{'reader':<34} {'examples':>9} {'read':>9} {'refused':>9} {'found':>6} {'longest':>10} {'most':>10}"


@dataclass(frozen=True)
class Reader:
    """A reader and files that it reads.

    `write` writes such files into a folder with the project's own writers, and returns those that strangers change;
    `read` reads one of them and uses what came of it. `refuses` are the errors by which it may say that it is none,
    with its name where it is `named`. A file that has a seal is mostly given the right one by `seal`, as strangers can
    do; `change` draws what else they make of it. It may need `mib` of memory. With `links` it is also given what is no
    file, but for a pipe where it reads `pipes` as they come.
    """

    write: Callable[[Path], Sequence[Path]]
    read: Callable[[Path], Any]
    refuses: tuple[type[BaseException], ...]
    change: Callable[..., st.SearchStrategy[bytes]] = changed
    seal: Callable[[bytes], bytes] | None = None
    named: bool = True
    mib: int = 256
    links: bool = True
    pipes: bool = False


@dataclass(frozen=True)
class Found:
    """The smallest file that brought something about, and what was said then."""

    content: bytes
    why: str = ""


@dataclass
class Told:
    """What came of a reader: how many files it was given, how many of them it read or refused, what else it did, by
    where, with the smallest file that brought it about; the most time and memory that one took."""

    name: str
    examples: int = 0
    read: int = 0
    refused: int = 0
    found: dict[str, Found] = field(default_factory=dict)
    longest_s: float = 0.0
    most_mib: float = 0.0

    def note(self, what: str, path: Path, why: str = "") -> None:
        """Note that a reader did something else."""
        content = path.read_bytes() if path.is_file() and path.stat().st_size else b""
        if what not in self.found or len(content) < len(self.found[what].content):
            self.found[what] = Found(content, why)

    def line(self) -> str:
        counts = f"{self.examples:>9,} {self.read:>9,} {self.refused:>9,} {len(self.found):>6}"
        return f"{self.name:<34} {counts} {self.longest_s:>8.2f} s {self.most_mib:>6.0f} MiB"
