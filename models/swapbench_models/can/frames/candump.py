"""candump: the log that `candump -L` of can-utils writes, `(1398128223.803317) can0 166#D0320009`.

After the frame may be R or T for the direction it went, and 0 or 1 that says of all frames whether they were injected.
Of CAN FD, `##` and flags, up to 64 bytes are counted, and eight kept; a frame that asks for another, `#R`, has no
payload.
"""

import re
from dataclasses import dataclass

import numpy as np

from swapbench_models.can.frames.digits import Digits
from swapbench_models.can.frames.frames import PAYLOAD, UNLABELLED, Frames
from swapbench_models.can.frames.lines import Lines, Truths, filled
from swapbench_models.can.frames.values import LONGEST_FD, Row, identifier, label, payload, quoted, time

_ERROR, _ERROR_DIGITS = 1 << 29, 8  # what marks the identifier of an error frame, as SocketCAN has it
_BLANKS = b"\t\r\v\f"  # what may stand for a space, and so in no name of an interface
_LINE = re.compile(r"\s*\(\s*(\S+?)\s*\)\s+\S+\s+([^\s#]+)#(\S*)((?:\s+\S+){0,2})\s*", re.ASCII)
_REMOTE = re.compile(r"R[0-8]?(_[9A-Fa-f])?", re.ASCII)
_FD = re.compile(r"#[0-9A-Fa-f](.*)", re.ASCII)
_LENGTH = re.compile(r"(.{16})_[9A-Fa-f]", re.ASCII)  # a frame of eight bytes may say that it has more


@dataclass(frozen=True)
class Candump:
    """Lines of a log, all with a label at their end or all without."""

    labelled: bool = False

    def one(self, line: str) -> Row | None:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError("is no line of candump, as (1398128223.803317) can0 166#D0320009.")
        said = self._label(found[4].split())
        number = found[2]
        if len(number) == _ERROR_DIGITS and _is_error(number):
            return None
        return time(found[1]), identifier(number), _content(found[3]), said

    def many(self, lines: Lines) -> tuple[Frames, Truths]:
        hashes, known = lines.separators("#", 1)
        blanks, spaced = lines.separators(" ", 3 if self.labelled else 2)
        both = known & spaced
        hashes, blanks = hashes[both[known], 0], blanks[both[spaced]]
        begins, ends = lines.begins[both], lines.ends[both]
        digits = Digits(lines)
        times, sound = digits.times(begins + 1, blanks[:, 0] - 1)
        ids, sound_ids = digits.identifiers(blanks[:, 1] + 1, hashes)
        last = blanks[:, 2] if self.labelled else ends
        payloads, lengths, sound_payloads = digits.payloads(hashes + 1, last)
        enclosed = (lines.text[begins] == ord("(")) & (lines.text[blanks[:, 0] - 1] == ord(")"))
        sound &= sound_ids & sound_payloads & enclosed & (blanks[:, 1] - blanks[:, 0] > 1)
        attacks = np.full(len(times), UNLABELLED, np.int8)
        if self.labelled:
            said, sound_labels = digits.ones(last + 1, ends)
            attacks[:] = said
            sound &= sound_labels & (said < 2)
        frames, sound = filled(both, sound, Frames(times, ids, lengths, payloads, attacks))
        sound[lines.holding(_BLANKS)] = False
        return frames, sound

    def _label(self, after: list[str]) -> int:
        """Return what the fields after a frame say, of which one may be its direction."""
        labels = [field for field in after if field not in ("R", "T")]
        if len(after) - len(labels) > 1 or len(labels) != self.labelled:
            said = quoted(" ".join(after)) if after else "nothing"
            raise ValueError(f"has {said} after its frame, unlike the first line.")
        return label(labels[0], "0", "1") if labels else UNLABELLED


def candump(file: str, first: str) -> Candump:
    """Return the form of the log whose first line this is."""
    after = first.split()[3:]
    return Candump(any(field in ("0", "1") for field in after))


def _is_error(number: str) -> bool:
    try:
        return bool(int(number, 16) & _ERROR)
    except ValueError:
        return False


def _content(text: str) -> bytes:
    if _REMOTE.fullmatch(text):
        return b""
    if found := _FD.fullmatch(text):
        return payload(found[1], LONGEST_FD)
    found = _LENGTH.fullmatch(text)
    return payload(found[1] if found else text, PAYLOAD)
