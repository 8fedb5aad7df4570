"""Writing: frames as text, in the forms that are read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from swapbench_models.can.error import CanError
from swapbench_models.can.frames.columns import ATTACK, DATA, IDENTIFIER, TIME
from swapbench_models.can.frames.frames import EXTENDED, PAYLOAD, UNLABELLED, Frames
from swapbench_models.writing import write as write_whole


@dataclass(frozen=True)
class _Form:
    """How a line is made of a time, an identifier, a payload and a label, which may be nothing; how labels are written,
    of normal frames and of injected ones; and how an identifier of 11 bits is."""

    line: Callable[[str, str, bytes, str], str]
    labels: tuple[str, str]
    identifier: str


def text(frames: Frames, form: str = "can-train-and-test") -> bytes:
    """Return frames as a file of a form has them; read again, they are the same, but that hcrl-txt has no labels.

    Raises CanError for a form that is not written, and for frames that the form cannot say: of more than eight bytes,
    some with a label and some without, and injected ones in hcrl-txt.
    """
    if form not in _FORMS:
        raise CanError(f"{form}: is no form that can be written; give one of {', '.join(_FORMS)}.")
    written = _FORMS[form]
    labels = _labels(frames, form, written.labels)
    rows = zip(_times(frames), _identifiers(frames, written.identifier), _payloads(frames), labels, strict=True)
    header = _header(frames) if written.line is _columns else ""
    return "".join([header, *(written.line(*row) + "\n" for row in rows)]).encode()


def write(path: Path, frames: Frames, form: str = "can-train-and-test") -> None:
    """Write frames into a file, whole or not at all; raises as `text`, and FamilyError where it cannot be written."""
    write_whole(path, text(frames, form))


def _times(frames: Frames) -> Iterator[str]:
    for time in frames.times.tolist():
        rounded = f"{time:.6f}"
        yield rounded if float(rounded) == time else np.format_float_positional(time, min_digits=6)


def _identifiers(frames: Frames, standard: str) -> Iterator[str]:
    extended = standard.replace("03", "08").replace("04", "08")
    for identifier in frames.ids.tolist():
        yield format(identifier ^ EXTENDED, extended) if identifier & EXTENDED else format(identifier, standard)


def _payloads(frames: Frames) -> Iterator[bytes]:
    if (frames.lengths > PAYLOAD).any():
        raise CanError(f"Frames of more than {PAYLOAD} bytes cannot be written, for the rest of them is not known.")
    content = frames.payloads.tobytes()
    return (content[PAYLOAD * at : PAYLOAD * at + length] for at, length in enumerate(frames.lengths.tolist()))


def _labels(frames: Frames, form: str, labels: tuple[str, str]) -> list[str]:
    said = set(np.unique(frames.attacks).tolist())
    if UNLABELLED in said and len(said) > 1:
        raise CanError("Some of these frames have a label and some have none; write them into files of their own.")
    if 1 in said and not labels[1]:
        raise CanError(f"Some of these frames were injected, and {form} cannot say so; give another form.")
    return [""] * len(frames) if UNLABELLED in said else [labels[attack] for attack in frames.attacks.tolist()]


def _header(frames: Frames) -> str:
    labelled = bool((frames.attacks != UNLABELLED).all())
    return ",".join([TIME, IDENTIFIER, DATA, *[ATTACK] * labelled]) + "\n"


def _columns(time: str, identifier: str, payload: bytes, label: str) -> str:
    return ",".join([time, identifier, payload.hex().upper(), *[label] * bool(label)])


def _table(time: str, identifier: str, payload: bytes, label: str) -> str:
    cells = payload.hex(",").split(",") if payload else []
    return ",".join([time, identifier, str(len(payload)), *cells, *[label] * bool(label)])


def _text(time: str, identifier: str, payload: bytes, label: str) -> str:
    line = f"Timestamp: {time:>17}        ID: {identifier}    000    DLC: {len(payload)}    {payload.hex(' ')}"
    return line.rstrip()


def _candump(time: str, identifier: str, payload: bytes, label: str) -> str:
    return f"({time}) can0 {identifier}#{payload.hex().upper()} {label}".rstrip()


_FORMS = {
    "can-train-and-test": _Form(_columns, ("0", "1"), "03X"),
    "hcrl-csv": _Form(_table, ("R", "T"), "04x"),
    "hcrl-txt": _Form(_text, ("", ""), "04x"),
    "survival": _Form(_table, ("R", "T"), "04x"),
    "candump": _Form(_candump, ("0", "1"), "03X"),
}
