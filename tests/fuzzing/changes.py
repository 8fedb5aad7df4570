"""Hostile content: what a stranger makes of a file that this project has written, as hypothesis draws it.

Bytes are flipped, cut, doubled and spliced with those of other files; in JSON, values are exchanged for what no such
file has: numbers that are none or beyond all bounds, texts that lead elsewhere or command a terminal, deep nests.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from hypothesis import strategies as st

# What of a text a terminal obeys, or would show elsewhere than where it stands.
COMMANDS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

Draw = st.SearchStrategy[bytes]

# What readers take for a place, a command, a number or an end where it stands in a text.
WORDS = (
    *("", " ", ".", "..", "../../outside", "/etc/passwd", "~/outside", "-rf", "--help", "CON", "a" * 300, "\x00", "\n"),
    *("\x1b[2J\x1b]0;owned\x07", "\r::error::owned", "##[command]owned", "</script><script>alert(1)</script>"),
    *("'\"`|\\<>&", "\u202eolleh", "\u2028", "\ud800", "\ufeff", "[x](http://127.0.0.1:9/)", "=1+1", "{0.__class__}"),
    *("NaN", "Infinity", "-Infinity", "1e999", "-1", "0", "-0", "9" * 30, "9" * 5000, "0x10", "1_000", "٣", "null"),
    *("__import__('os')", "os:system", "$(touch outside)", "; touch outside", "file:///etc/passwd", "%s%n", "%00"),
)
_NUMBERS = (
    *(0, -1, 1, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), 10**30, 10**400, 1e308, 5e-324),
    *(-1e308, float("nan"), float("inf"), float("-inf"), 0.5, True, False, None),
)
_DEPTH = 5000
_RUNS = (b"\0" * 4096, b"\xff" * 4096, b"[" * 100_000, b'{"a":' * 20_000, b"(" * 20_000, b"9" * 6000, b"a" * 100_000)
_BYTES = st.one_of(st.sampled_from(b"\0\xff\x7f\x80\n\r,:;#()[]{}\"'\\/.-+_ eE019"), st.integers(0, 255))
_TOKENS = st.sampled_from([word.encode(errors="surrogatepass") for word in WORDS])
_INTEGERS = st.sampled_from(
    [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1]
)


class Whole(bytes):
    """What is in a file, which hypothesis would take its time to tell of."""

    def __repr__(self) -> str:
        return f"<{len(self):,} bytes>"


@st.composite
def changed_bytes(draw: st.DrawFn, whole: bytes, others: Sequence[bytes] = ()) -> bytes:  # noqa: C901  # a case a change
    """Draw what a few changes leave of some bytes, into which parts of others may be put."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        size = draw(st.one_of(st.integers(1, 16), st.integers(1, 4096)))
        match draw(st.integers(0, 9)):
            case 0 if at < len(content):
                content[at] ^= 1 << draw(st.integers(0, 7))
            case 1:
                content[at : at + 1] = bytes([draw(_BYTES)])
            case 2:
                content[at:at] = bytes([draw(_BYTES)])
            case 3:
                del content[at : at + size]
            case 4:
                del content[at:]
            case 5:
                content[at:at] = content[at : at + size]
            case 6:
                content[at:at] = draw(_TOKENS)
            case 7:
                width, order = draw(st.sampled_from([2, 4, 8])), draw(st.sampled_from(["big", "little"]))
                number = draw(_INTEGERS) & ((1 << 8 * width) - 1)
                content[at : at + width] = number.to_bytes(width, order)  # type: ignore[arg-type]
            case 8 if others:
                other = draw(st.sampled_from(others))
                start = draw(st.integers(0, len(other)))
                content[at : at + size] = other[start : start + size]
            case _:
                content[at:at] = draw(st.sampled_from(_RUNS))
    return bytes(content)


@st.composite
def changed_values(draw: st.DrawFn, whole: Any) -> Any:
    """Draw what a few changes leave of JSON's values."""
    values = whole
    for _ in range(draw(st.integers(1, 3))):
        values = _changed(draw, values, _paths(values))
    return values


def changed(whole: bytes, others: Sequence[bytes] = ()) -> st.SearchStrategy[bytes]:
    """Return what draws a stranger's change of a file: mostly within its form, where that is one that is known here."""
    forms = [each for begins, each in _FORMS if begins(whole)]
    return st.one_of(changed_bytes(whole, others), *(form(whole, others) for form in forms * 4))


@st.composite
def _changed_json(draw: st.DrawFn, whole: bytes, others: Sequence[bytes]) -> bytes:
    return as_json(draw(changed_values(json.loads(whole))))


@st.composite
def _changed_array(draw: st.DrawFn, whole: bytes, others: Sequence[bytes]) -> bytes:
    return npy(draw(npy_header()), whole[128:])


@st.composite
def _changed_zip(draw: st.DrawFn, whole: bytes, others: Sequence[bytes]) -> bytes:
    """Draw an archive of which a member, or how it is called or packed, is another."""
    with ZipFile(BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(members)))
    match draw(st.integers(0, 4)):
        case 0:
            members[draw(st.sampled_from([*_PLACES, *members]))] = members.pop(name)
        case 1:
            members[name] = bytes(draw(st.sampled_from([0, 1, 2**26])))
        case _:
            members[name] = draw(changed(members[name]))
    made = BytesIO()
    large = any(len(content) > 2**20 for content in members.values())
    with ZipFile(made, "w", ZIP_DEFLATED if large else draw(st.sampled_from([ZIP_STORED, ZIP_DEFLATED]))) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    return made.getvalue()


@st.composite
def _changed_tensors(draw: st.DrawFn, whole: bytes, others: Sequence[bytes]) -> bytes:
    """Draw a file of safetensors with another header; what a header holds as a text of JSON is changed too."""
    size = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + size])
    told = header.get("__metadata__", {}).get("told")
    if told is not None and draw(st.booleans()):
        changed_told = as_json(draw(changed_values(json.loads(told)))).decode(errors="replace")
        header["__metadata__"]["told"] = changed_told
    elif draw(st.integers(0, 50)) == 50:
        header |= {f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(100_000)}
    else:
        header = draw(changed_values(header))
    made = as_json(header)
    return len(made).to_bytes(8, "little") + made + whole[8 + size :]


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return content[:1] in (b"{", b"[")


_PLACES = ("../outside.npy", "/outside.npy", "x" * 300, "a/b.npy", "con.npy", "\x1b[2J.npy", "..\\outside.npy")
_FORMS: Sequence[tuple[Callable[[bytes], bool], Any]] = (
    (_is_json, _changed_json),
    (lambda content: content[:6] == b"\x93NUMPY", _changed_array),
    (lambda content: content[:4] == b"PK\x03\x04", _changed_zip),
    (lambda content: content[8:9] == b"{" and content[6:8] == bytes(2), _changed_tensors),
)


def as_json(values: Any) -> bytes:
    """Return JSON as Python writes it, with NaN and half characters, however deep it is nested."""
    return _nested(json.dumps(values)).encode(errors="surrogatepass")


_NEST = "\ufdd0nest"  # where in a value there is a nest that Python could not write down


def _nested(text: str) -> str:
    if "ufdd0nest" not in text:
        return text
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        text = text.replace(json.dumps(_NEST + opening), opening * _DEPTH + "0" + closing * _DEPTH)
    return text


Path = tuple[Any, ...]


def _paths(values: Any, at: Path = (), most: int = 4000) -> list[Path]:
    """Return the places of all values in a value, itself first."""
    found: list[Path] = [at]
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in inner:
        if len(found) >= most:
            break
        found.extend(_paths(value, (*at, key), most - len(found)))
    return found


def _changed(draw: st.DrawFn, values: Any, paths: Sequence[Path]) -> Any:
    # Short paths lead to what all else stands on, and there are few of them.
    at = draw(st.one_of(st.sampled_from(paths), st.sampled_from([path for path in paths if len(path) <= 2])))
    *parents, key = at or (None,)
    if not at:
        return draw(_value(values))
    made = _copied(values, parents)
    holder = made
    for step in parents:
        holder = holder[step]
    match draw(st.integers(0, 6)):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case 1:
            holder[draw(st.sampled_from(WORDS))] = holder.pop(key)
        case 2:
            holder[key] = _at(values, draw(st.sampled_from(paths)))
        case 3 if isinstance(holder, list):
            holder.extend([holder[key]] * draw(st.sampled_from([1, 100, 3000])))
        case _:
            holder[key] = draw(_value(holder[key]))
    return made


def _value(before: Any) -> st.SearchStrategy[Any]:
    """Return what may stand in the place of a value."""
    made = [
        st.sampled_from(WORDS),
        st.sampled_from(_NUMBERS),
        st.sampled_from([[], {}, [[]], [None], {"": None}, _NEST + "[", _NEST + '{"a":', [before], {"a": before}]),
        st.integers(-3, 300),
        st.text(max_size=8),
    ]
    if isinstance(before, str):
        made.append(st.builds(partial(_spliced, before), st.integers(0, len(before)), st.sampled_from(WORDS)))
    return st.one_of(made)


def _spliced(text: str, at: int, word: str) -> str:
    return text[:at] + word + text[at:]


def _copied(values: Any, parents: Sequence[Any]) -> Any:
    """Return a value in which what leads to a place may be changed."""
    made = dict(values) if isinstance(values, dict) else list(values)
    if parents:
        made[parents[0]] = _copied(made[parents[0]], parents[1:])
    return made


def _at(values: Any, path: Path) -> Any:
    for step in path:
        values = values[step]
    return values


@st.composite
def npy_header(draw: st.DrawFn) -> str:
    """Draw the header of an array that is none of ours."""
    kinds = ["<f8", "|O", "<f4", "|V1000000000", "<U100000000", [("a", "<f8")], "<i8", "|S0", "x", 5, "<M8[as]", "|b1"]
    shapes = ["(6, 2)", "()", "(-1,)", "(10**12,)", "(1099511627776,)", "(2, 0)", "(0, 9223372036854775807)", "(1.5,)"]
    shapes += ["(True,)", "(" * 200 + ")" * 200, "(6,2,) + (1,)", "__import__('os')", "None", "(" + "1, " * 70 + ")"]
    order = draw(st.sampled_from(["False", "True", "1", "None"]))
    kind, shape = draw(st.sampled_from(kinds)), draw(st.sampled_from(shapes))
    return f"{{'descr': {kind!r}, 'fortran_order': {order}, 'shape': {shape}, }}"


def npy(header: str, body: bytes) -> bytes:
    """Return a file with an array that has this header, whatever that says."""
    head = header.encode().ljust(117) + b"\n" if len(header) < 118 else header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + body
