"""The screen that commands print to: how wide it is, and whether it has colours."""

import os
import shutil
import sys

from swapbench.show import text
from swapbench.show.ink import Ink, coloured, plain


def width() -> int:
    """Return the columns of the terminal; `COLUMNS` counts more, and without either it is a width of our own."""
    return shutil.get_terminal_size((text.PIPED, 0)).columns


def say(*sentences: str) -> None:
    """Print sentences in lines that fit."""
    print("\n".join(text.paragraphs(sentences, width())))


def ink() -> Ink:
    """Return how to write: in colours on a terminal that has some, unless the user wants none (https://no-color.org)."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
    return coloured if wanted and sys.stdout.isatty() else plain
