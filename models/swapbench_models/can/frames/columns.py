"""Columns: a table of commas whose first line names them, as can-train-and-test (Lampe and Meng, 2024) has it."""

from dataclasses import dataclass

import numpy as np

from swapbench_models.can.error import FormatError
from swapbench_models.can.frames.digits import Digits
from swapbench_models.can.frames.frames import UNLABELLED, Frames
from swapbench_models.can.frames.lines import Lines, Truths, filled
from swapbench_models.can.frames.values import Row, count, identifier, label, payload, quoted, time

TIME, IDENTIFIER, DATA, LENGTH, ATTACK = COLUMNS = ("timestamp", "arbitration_id", "data_field", "dlc_value", "attack")
_NEEDED = (TIME, IDENTIFIER, DATA)


@dataclass(frozen=True)
class Columns:
    """Where in a line of `width` fields each column is, of those that say something here.

    Without a column `attack` the frames are unlabelled; one `dlc_value`, as CANini (Canino and others, 2025) has it,
    must agree with the payload.
    """

    places: dict[str, int]
    width: int

    def one(self, line: str) -> Row:
        fields = [field.strip(" \t") for field in line.split(",")]
        if len(fields) != self.width:
            raise ValueError(f"has {len(fields)} fields, and the first line names {self.width} columns.")
        row = {name: fields[place] for name, place in self.places.items()}
        content = payload(row[DATA])
        if LENGTH in row and count(row[LENGTH]) != len(content):
            raise ValueError(f"{LENGTH} is {row[LENGTH]}, and {DATA} has {len(content)} bytes.")
        attack = label(row[ATTACK], "0", "1") if ATTACK in row else UNLABELLED
        return time(row[TIME]), identifier(row[IDENTIFIER]), content, attack

    def many(self, lines: Lines) -> tuple[Frames, Truths]:
        commas, known = lines.separators(",", self.width - 1)
        begins = np.column_stack([lines.begins[known], commas + 1])
        ends = np.column_stack([commas, lines.ends[known]])
        field = {name: (begins[:, place], ends[:, place]) for name, place in self.places.items()}
        digits = Digits(lines)
        times, sound = digits.times(*field[TIME])
        ids, sound_ids = digits.identifiers(*field[IDENTIFIER])
        payloads, lengths, sound_payloads = digits.payloads(*field[DATA])
        sound &= sound_ids & sound_payloads
        attacks = np.full(len(times), UNLABELLED, np.int8)
        if ATTACK in field:
            said, sound_attacks = digits.ones(*field[ATTACK])
            attacks[:] = said
            sound &= sound_attacks & (said < 2)
        if LENGTH in field:
            said, sound_lengths = digits.ones(*field[LENGTH])
            sound &= sound_lengths & (said == lengths)
        return filled(known, sound, Frames(times, ids, lengths, payloads, attacks))


def columns(file: str, header: str) -> Columns:
    """Return what the first line of a file says; raises FormatError, which names the file, where it is no such line."""
    names = [name.strip(" \t").lower() for name in header.split(",")]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise FormatError(file, 1, f"names no column {' and no '.join(missing)}; it has to name {', '.join(_NEEDED)}.")
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise FormatError(file, 1, f"names {' and '.join(twice)} twice; name each column once.")
    others = [name for name in names if name not in COLUMNS]
    if others and ATTACK not in names:  # one of them may be what says it
        raise FormatError(
            file, 1, f"names no column {ATTACK}, but {quoted(', '.join(others))}; call it so, or leave these out."
        )
    return Columns({name: names.index(name) for name in COLUMNS if name in names}, len(names))
