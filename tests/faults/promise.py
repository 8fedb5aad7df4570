"""Promises: what must hold whatever is done to a run, and how one is broken."""

from typing import Literal, get_args

Kind = Literal["lost", "repeated", "wrong", "hung", "untold", "left"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MEANS: dict[Kind, str] = {
    "lost": "a cell that had been measured is not there any more",
    "repeated": "a cell that had been measured was measured again, or is there twice",
    "wrong": "another score, status or verdict than those of an undisturbed run",
    "hung": "it did not end within its time",
    "untold": "an exit status that says something else, a traceback, or no sentence",
    "left": "a process lived on",
}


class BrokenPromiseError(AssertionError):
    """What was promised and did not hold, of one of the kinds."""

    def __init__(self, kind: Kind, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind


def insist(holds: object, kind: Kind, what: str) -> None:
    """Raise BrokenPromiseError where something does not hold."""
    if not holds:
        raise BrokenPromiseError(kind, what)
