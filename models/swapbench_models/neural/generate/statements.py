"""Statements of Python as its formatter leaves them: on one line, or broken where that is too long."""

import textwrap
from collections.abc import Sequence

WIDTH = 120


def fits(line: str, indent: int) -> bool:
    """Return whether a line is short enough at an indent of so many places."""
    return len(line) + indent <= WIDTH


def called(before: str, arguments: Sequence[str], indent: int, after: str = "") -> str:
    """Return `before(arguments)after`, of which no line is too long at an indent of so many places."""
    line = f"{before}({', '.join(arguments)}){after}"
    if fits(line, indent):
        return line
    if fits(", ".join(arguments), indent + 4):
        return f"{before}(\n    {', '.join(arguments)}\n){after}"
    return "\n".join((f"{before}(", *(f"    {argument}," for argument in arguments), f"){after}"))


def listed(before: str, items: Sequence[str], indent: int, brackets: str = "[]", after: str = "") -> str:
    """Return `before[items]after`, each item on a line of its own where one line is too long."""
    line = f"{before}{brackets[0]}{', '.join(items)}{brackets[1]}{after}"
    if fits(line, indent):
        return line
    return "\n".join((f"{before}{brackets[0]}", *(f"    {item}," for item in items), f"{brackets[1]}{after}"))


def bare(before: str, items: Sequence[str], indent: int, after: str = "") -> str:
    """Return `before items after` without brackets, or with round ones where that is too long."""
    line = f"{before}{', '.join(items)}{after}"
    return line if fits(line, indent) else listed(before, items, indent, "()", after)


def wrapped(line: str, indent: int) -> str:
    """Return a statement that ends with a call, broken at the call's arguments where it is too long."""
    if fits(line, indent):
        return line
    opened, *commas = _last_call(line)
    ends = (*commas, len(line) - 1)
    arguments = [line[start + 1 : end].strip() for start, end in zip((opened, *commas), ends, strict=True)]
    return called(line[:opened], arguments, indent)


def _last_call(line: str) -> list[int]:
    """Return where the last outermost bracket of a line opens, and the commas between its items."""
    depth, quoted, found = 0, False, [0]
    for place, character in enumerate(line):
        quoted ^= character == '"'
        if quoted:
            continue
        if character in "([{":
            depth += 1
            found = [place] if depth == 1 else found
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 1:
            found.append(place)
    return found


def filled(text: str, indent: int) -> str:
    """Return a text of words, as lines that are short enough at an indent of so many places."""
    return textwrap.fill(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)


def tuple_(values: Sequence[int | None]) -> str:
    """Return numbers as a tuple."""
    return f"({', '.join(map(str, values))}{',' if len(values) == 1 else ''})"


def sizes(values: Sequence[int | None]) -> str:
    """Return sizes as one number where they are all the same."""
    return str(values[0]) if len(set(values)) == 1 else tuple_(values)
