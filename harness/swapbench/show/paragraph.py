"""Paragraphs: sentences as lines that fit a terminal, whatever the names and reasons in them hold."""

import re

from rich.cells import cell_len

# What commands a terminal, or turns letters round, so that a line says something else than it shows.
_CONTROLS = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_BREAKS, _LINES = re.compile(r"\s+"), re.compile(r"[^\S \xa0\u3000]")
# What CI takes for a command: GitHub's at the beginning of a line, wherever that will be, and others' anywhere.
_COMMANDS = re.compile(r"(?<!\S):(?=:)|#(?=#\w*\[)")
# A figure stays on one line with its unit, its sign and what it is the value of.
_KEPT = re.compile(r"(?<=\d) (?=(?:s|ms|us|MiB|%|±)(?!\w))|(?<=±) | (?== )|(?<= [=*≈!]) ")
_GLUE = "\xa0"  # a blank at which nothing breaks; a text that has become one line holds no other
_HANGING = 2


def harmless(text: str) -> str:
    """Return a text without line breaks, and without what would command a terminal, or whatever reads the logs of CI;
    exceptions, and files of strangers, may hold all of it."""
    return _COMMANDS.sub(r"\g<0> ", _LINES.sub(" ", _CONTROLS.sub("", text)))


def one_line(text: str) -> str:
    """Return a harmless text without several blanks after one another."""
    return _BREAKS.sub(" ", harmless(text)).strip()


def shortened(text: str, size: int) -> str:
    """Return a text as one line of at most `size` characters, the end of a longer one replaced by an ellipsis."""
    line = one_line(text[: 4 * size])
    whole = len(line) <= size and len(text) <= 4 * size
    return line if whole else line[: size - 1].rstrip() + "…"


def wrapped(text: str, width: int) -> list[str]:
    """Break a sentence between words into lines of at most `width` columns, all but the first indented.

    A word that is longer than that, such as a path, is left whole: whoever copies it needs all of it.
    """
    lines: list[str] = []
    line = ""
    for word in _KEPT.sub(_GLUE, one_line(text)).split(" "):
        longer = f"{line} {word}" if line.strip() else line + word
        if line.strip() and cell_len(longer) > width:
            lines.append(line)
            longer = " " * _HANGING + word
        line = longer
    return [line.replace(_GLUE, " ") for line in (*lines, line)]
