"""Lanes: which units stand side by side, found by what takes what.

In the text a layer takes what the one before it leaves. A unit that does not begins a branch, and its neighbour before
it ends one: both are lanes, between what both come from and what takes what the first of them leaves.
"""

from collections.abc import Mapping, Sequence

from swapbench_models.neural.drawing.node import Lanes, Node, Unit, Units

# Branches in branches; what is deeper is drawn one after another, with the same lines.
DEEPEST = 24


def beside(units: Units, depth: int = 0) -> Units:
    """Return units, each made after what it takes, with those side by side that no line joins."""
    now = list(units)
    while depth < DEEPEST and (found := _innermost(now)):
        first, lanes, end = found
        sided = (beside(tuple(lane), depth + 1) for lane in lanes)
        joined = Lanes(tuple(each for lane in sided for each in _flat(lane)))
        if joined.depth + depth > DEEPEST:
            break
        now[first:end] = [joined]
    return tuple(now)


def _flat(lane: Units) -> tuple[Units, ...]:
    """Return the lanes of a lane that is nothing but lanes, or else itself."""
    match lane:
        case (Lanes(lanes),):
            return lanes
    return (lane,)


def _innermost(units: Sequence[Unit]) -> tuple[int, list[list[Unit]], int] | None:
    """Return the branches that come last from where branches part: where they begin, each of them, where they end."""
    makers = {value: number for number, unit in enumerate(units) for value in unit.made}
    begin = {
        number: _after(units, number, makers)
        for number in range(1, len(units))
        if not any(makers.get(value) == number - 1 for value in units[number].takes)
    }
    if not begin:
        return None
    # Inputs come last, from the left: what they stand beside is complete then.
    parting = {number: after for number, after in begin.items() if units[number].takes}
    first = max(parting.values()) if parting else begin[min(begin)]
    starts = [first, min(number for number, after in (parting or begin).items() if after == first)]
    end = starts[-1] + 1
    while end < len(units):
        taken = [makers.get(value, -1) for value in units[end].takes]
        if any(first <= maker < starts[-1] for maker in taken):
            break  # joins what an earlier lane leaves
        if end in begin:
            if begin[end] < first:
                break  # of branches further out
            starts.append(end)
        end += 1
    lanes = [list(units[start:stop]) for start, stop in zip(starts, [*starts[1:], end], strict=True)]
    return first, lanes, end


def _after(units: Sequence[Unit], number: int, makers: Mapping[int, int]) -> int:
    """Return the place after the last unit of which this one takes something.

    An input takes nothing: it stands beside the branches before it, or all that came from the input before it.
    """
    unit = units[number]
    if unit.takes:
        return 1 + max(makers.get(value, -1) for value in unit.takes)
    for place in range(number - 1, -1, -1):
        if isinstance(units[place], Node) and not units[place].takes:
            return place
    return max((place for place in range(number) if isinstance(units[place], Lanes)), default=0)
