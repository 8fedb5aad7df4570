"""Elements of a list, each a call on lines of its own, as ruff's formatter lays them out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from swapbench_models.neural.generate.statements import WIDTH

_STEP = 4


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as an argument; `lead` is what stands before its bracket, such as `pads=`."""

    items: tuple[str, ...]
    lead: str = ""

    def __str__(self) -> str:
        return f"{self.lead}[{', '.join(self.items)}]"


Argument = str | Listed


def element(function: str, arguments: Sequence[Argument], margin: int) -> str:
    """Return the lines of a call that is an element of a list, its comma after it, `margin` spaces from the left.

    What is too long for one line has its arguments on the next, or where they are too long for that, each on its own.
    """
    lead, inner = " " * margin, ", ".join(map(str, arguments))
    whole = f"{lead}{function}({inner}),"
    if len(whole) <= WIDTH:
        return whole
    inside = f"{lead}{' ' * _STEP}{inner}"
    if len(inside) > WIDTH:
        inside = "\n".join(line for argument in arguments for line in _lines(argument, margin + _STEP))
    return f"{lead}{function}(\n{inside}\n{lead}),"


def _lines(argument: Argument, margin: int) -> Iterator[str]:
    lead = " " * margin
    whole = f"{lead}{argument},"
    if isinstance(argument, str) or len(whole) <= WIDTH:
        yield whole
        return
    yield f"{lead}{argument.lead}["
    yield from (f"{lead}{' ' * _STEP}{item}," for item in argument.items)
    yield f"{lead}],"
