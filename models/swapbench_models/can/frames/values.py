"""Values: a time, an identifier, a payload and a label, each of its text, or a ValueError that says what is wrong."""

import math
import re

from swapbench_models.can.frames.frames import EXTENDED, PAYLOAD

Row = tuple[float, int, bytes, int]  # time, identifier, payload, whether it was injected

LONGEST_FD = 64  # bytes of payload of CAN FD
_STANDARD, _BOTH = 0x7FF, 0x1FFFFFFF
_TIME = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]*")
_SHOWN = 40


def time(text: str) -> float:
    """Return a time in seconds."""
    value = float(text) if _TIME.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(f"{quoted(text)} is no time in seconds.")
    return value


def identifier(text: str) -> int:
    """Return an identifier of its hexadecimal digits; eight of them are one of 29 bits, whatever its number."""
    if not text or len(text) > 8 or not _HEX.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no identifier; it has one to eight hexadecimal digits.")
    return known(int(text, 16), len(text) == 8)


def known(number: int, extended: bool) -> int:
    """Return an identifier with its mark of 29 bits; one that does not fit into 11 has it in any case."""
    if not 0 <= number <= _BOTH:
        raise ValueError(f"{number:#x} is no identifier, which has 29 bits at most.")
    return number | EXTENDED if extended or number > _STANDARD else number


def payload(text: str, longest: int = PAYLOAD) -> bytes:
    """Return a payload of its hexadecimal digits, which nothing separates."""
    if not _HEX.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no payload; it has hexadecimal digits alone.")
    if len(text) % 2:
        raise ValueError(f"the payload {quoted(text)} has {len(text)} digits, an odd number; a byte has two.")
    return check_length(bytes.fromhex(text), longest)


def check_length(content: bytes, longest: int = PAYLOAD) -> bytes:
    """Return a payload as it is, if it is not too long."""
    if len(content) > longest:
        raise ValueError(f"the payload has {len(content)} bytes; a frame has {longest} at most.")
    return content


def count(text: str, longest: int = PAYLOAD) -> int:
    """Return the number of bytes that a line says its payload has."""
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= longest):
        raise ValueError(f"{quoted(text)} is no number of bytes from 0 to {longest}.")
    return int(text)


def label(text: str, normal: str, attack: str) -> int:
    """Return 1 for the mark of an injected frame, and 0 for that of another."""
    if text not in (normal, attack):
        raise ValueError(
            f"{quoted(text)} is no label; it is {normal} for a normal frame, {attack} for an injected one."
        )
    return int(text == attack)


def quoted(text: str) -> str:
    """Return a text of a file as a message shows it: the beginning of it, and nothing that would move a cursor."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
