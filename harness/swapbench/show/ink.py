"""Ink: how words are set apart on a terminal that has colours; everywhere else text stays as it is."""

from collections.abc import Callable

from rich.color import ColorSystem
from rich.style import Style

Ink = Callable[[str, str], str]  # text and a style such as "bold red" -> the text as it is written

GOOD, BAD, HEAD = "bold green", "bold red", "bold"


def plain(text: str, style: str) -> str:
    return text


def coloured(text: str, style: str) -> str:
    """Return a text within the control codes of a style, for a terminal of sixteen colours."""
    return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)
