"""Forms: in which a log can be written, and in which one it is, as its beginning tells."""

import re
from collections.abc import Callable
from pathlib import PurePath

from swapbench_models.can.error import CanError, FormatError
from swapbench_models.can.frames import candump, columns, hcrl
from swapbench_models.can.frames.lines import Form
from swapbench_models.can.frames.source import decoded

AUTO = "auto"
# Of the name of a file and its first line, the form of its lines.
TEXTS: dict[str, Callable[[str, str], Form]] = {
    "can-train-and-test": columns.columns,
    "hcrl-csv": hcrl.table,
    "hcrl-txt": lambda file, first: hcrl.TEXT,
    "survival": hcrl.table,
    "candump": candump.candump,
}
HEADED = ("can-train-and-test",)  # whose first line is no frame
LIBRARY = ("asc", "trc", "blf")  # what python-can reads
FORMS = (*TEXTS, *LIBRARY)

_TABLE = re.compile(r"\s*[\d.eE+-]+\s*,\s*[0-9A-Fa-f]+\s*,\s*\d{1,2}\s*(,|$)", re.ASCII)
_TEXT = re.compile(r"\s*Timestamp:", re.ASCII)
_CANDUMP = re.compile(r"\s*\(\s*[\d.+-]", re.ASCII)
_ASC = re.compile(r"\s*(date\s|base\s|//|begin triggerblock\b)", re.ASCII | re.IGNORECASE)


def form_of(file: str, head: bytes) -> str:
    """Return the form of a file of its beginning, or where that does not tell, of what its name ends with.

    Raises FormatError, which names the file, where neither does.
    """
    suffix = PurePath(file).suffix.lower().removeprefix(".")
    found = "blf" if head.startswith(b"LOGG") else _form_of_line(first_line(head))
    if found is None and suffix in LIBRARY:
        found = suffix
    if found is None:
        raise FormatError(file, None, _unknown(head))
    return found


def check(form: str) -> None:
    """Raise CanError for a form that is none."""
    if form not in (AUTO, *FORMS):
        raise CanError(f"{form}: is no form of a log; give {AUTO}, or one of {', '.join(FORMS)}.")


def first_line(head: bytes) -> str:
    """Return the first line that is not empty of a beginning."""
    return decoded(head.lstrip().partition(b"\n")[0])


def _form_of_line(line: str) -> str | None:
    if _TEXT.match(line):
        return "hcrl-txt"
    if _CANDUMP.match(line):
        return "candump"
    if _TABLE.match(line):
        return "hcrl-csv"
    if line.startswith(";"):
        return "trc"
    if _ASC.match(line):
        return "asc"
    names = {name.strip().lower() for name in line.split(",")}
    return "can-train-and-test" if names & {*columns.COLUMNS} else None


def _unknown(head: bytes) -> str:
    if b"\0" in head:
        return "is no text, and no BLF either; give a log."
    return (
        f"begins with {first_line(head)[:60]!r}, as no log does that is known; a table has to name its columns "
        f"{', '.join(columns.COLUMNS[:3])} in its first line, and {columns.ATTACK} where it says which frames were "
        f"injected. If it is one of {', '.join(FORMS)}, say so."
    )
