"""Uses: a frame round the layers of each use of a macro, and round what stands in the braces of a layer.

Parts tell the macros that they are of, not which use of one: two uses that follow each other look like one. They are
told apart by where their layers stand in the text: a row of places that comes again is another use, and so is a way
back in the text.
"""

from collections.abc import Sequence
from itertools import pairwise

from swapbench_models.neural.drawing.node import Frame, Node, Unit, Units
from swapbench_models.neural.drawing.reading import Placed, holds
from swapbench_models.neural.drawing.widths import visible

# Frames in frames; what is deeper is drawn without frames of its own.
DEEPEST = 16


def framed(layers: Sequence[Placed], depth: int = 0, frames: int = 0) -> Units:
    """Return the units of some layers, which are within `depth` macros and `frames` frames."""
    if frames == DEEPEST:
        return _units(layers)
    found: list[Unit] = []
    start = 0
    while start < len(layers):
        part = layers[start].part
        end = start + 1
        if len(part.group) > depth:
            within = part.group[: depth + 1]
            while end < len(layers) and layers[end].part.group[: depth + 1] == within:
                end += 1
            uses = apart(framed(layers[start:end], depth + 1, frames + 1))
            found += [Frame(visible(within[-1]), use) for use in uses]
        elif holds(part) and (close := _close(layers, start)):
            end = close + 1
            inner = framed(layers[start + 1 : close], depth, frames + 1)
            body = (*_units(layers[start : start + 1]), *inner, *_units(layers[close:end]))
            found.append(Frame(visible(part.label), body, at=part.at))
        else:
            found += _units(layers[start:end])
        start = end
    return tuple(found)


def _units(layers: Sequence[Placed]) -> Units:
    return tuple(layer.unit for layer in layers if layer.unit is not None)


def _close(layers: Sequence[Placed], start: int) -> int:
    """Return where a layer that holds others comes again, after them; 0 where it does not."""
    part = layers[start].part
    return next((number for number in range(start + 1, len(layers)) if layers[number].part == part), 0)


def apart(units: Units) -> list[Units]:
    """Return the uses of a macro that some units are, one after another."""
    keys = [_key(unit) for unit in units]
    for period in range(1, len(keys) // 2 + 1):
        if not len(keys) % period and keys == keys[:period] * (len(keys) // period):
            # One place again and again may as well be one layer of one use that is repeated there.
            return [units] if period == 1 else [units[at : at + period] for at in range(0, len(units), period)]
    cuts, last = [0], -1
    for number, unit in enumerate(units):
        if isinstance(unit, Node | Frame) and unit.at >= 0:
            if unit.at < last:
                cuts.append(number)
            last = unit.at
    return [units[start:end] for start, end in pairwise([*cuts, len(units)])]


def _key(unit: Unit) -> tuple[object, ...]:
    match unit:
        case Frame(title, _, _, at):
            return title, at
        case Node(at=at):
            return (at,)
    return ()
