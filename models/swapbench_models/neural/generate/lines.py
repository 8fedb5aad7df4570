"""Lines: how what is too long for one is laid out over several, as ruff's formatter does it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill, indent

WIDTH = 120
_STEP = 4
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[(\[{]|[)\]}]|, |.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as an argument; `lead` is what stands before its bracket, such as `pads=`."""

    items: tuple[str, ...]
    lead: str = ""

    def __str__(self) -> str:
        return f"{self.lead}[{', '.join(self.items)}]"


Argument = str | Listed


def element(function: str, arguments: Sequence[Argument], margin: int) -> str:
    """Return the lines of a call that is an element of a list, its comma after it, `margin` spaces from the left."""
    return call(function, arguments, margin, ",")


def call(function: str, arguments: Sequence[Argument], margin: int, end: str = "") -> str:
    """Return the lines of a call, `margin` spaces from the left, with `end` after it.

    What is too long for one line has its arguments on the next, or where they are too long for that, each on its own.
    """
    lead, inner = " " * margin, ", ".join(map(str, arguments))
    whole = f"{lead}{function}({inner}){end}"
    if len(whole) <= WIDTH:
        return whole
    inside = f"{lead}{' ' * _STEP}{inner}"
    if len(inside) > WIDTH:
        inside = "\n".join(line for argument in arguments for line in _lines(argument, margin + _STEP))
    return f"{lead}{function}(\n{inside}\n{lead}){end}"


def _lines(argument: Argument, margin: int) -> Iterator[str]:
    lead = " " * margin
    whole = f"{lead}{argument},"
    if isinstance(argument, str) or len(whole) <= WIDTH:
        yield whole
        return
    yield f"{lead}{argument.lead}["
    yield from (f"{lead}{' ' * _STEP}{item}," for item in argument.items)
    yield f"{lead}],"


def statement(text: str, margin: int) -> str:
    """Return the lines of a statement that is one call, or leaves one to a name; of any other, one line."""
    whole = " " * margin + text
    function, _, rest = text.partition("(")
    if len(whole) <= WIDTH or not rest:
        return whole
    arguments, depth = [""], 1
    for mark in _TOKEN.findall(rest[:-1]):
        depth += (mark in "([{") - (mark in ")]}")
        if depth == 0:  # what follows the call is no part of it
            return whole
        if mark == ", " and depth == 1:
            arguments.append("")
        else:
            arguments[-1] += mark
    return call(function, arguments, margin)


def docstring(text: str, margin: int) -> str:
    """Return the lines of a docstring of one paragraph, which is filled where it is too long for a line."""
    lead = " " * margin
    whole = f'{lead}"""{text}"""'
    return whole if len(whole) <= WIDTH else f'{lead}"""{paragraph(text, margin, 3).lstrip()}\n{lead}"""'


def paragraph(text: str, margin: int, marks: int = 0) -> str:
    """Return the lines of a paragraph, before which so many marks stand in the first."""
    filled = fill(" " * marks + text, WIDTH - margin, break_long_words=False, break_on_hyphens=False)
    return indent(filled, " " * margin)
