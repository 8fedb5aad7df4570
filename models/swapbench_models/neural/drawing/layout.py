"""The layout: from a network to its picture."""

from swapbench_models.neural.drawing.lanes import beside
from swapbench_models.neural.drawing.lettering import Text
from swapbench_models.neural.drawing.node import Frame, Lanes, Node, Unit, Units
from swapbench_models.neural.drawing.picture import Picture
from swapbench_models.neural.drawing.placing import placed
from swapbench_models.neural.drawing.reading import Reading, shown
from swapbench_models.neural.drawing.repeats import folded
from swapbench_models.neural.drawing.uses import framed
from swapbench_models.neural.drawing.widths import cut, lines, visible
from swapbench_models.neural.network.network import Network

_MARGIN = 24.0
_HEADING, _SMALL = 18.0, 12.0
_NARROWEST = 420.0


def drawn(network: Network, steps: bool = False) -> Picture:
    """Return the picture of a network: its layers as the text has them, or each of their steps where `steps`."""
    reading = Reading(network, steps)
    units = _ended(framed(reading.layers()), reading.inputs(), reading.outputs())
    block = placed(folded(_sided(units)))
    picture = Picture(visible(network.name))
    wide = max(block.left + block.right, _NARROWEST)
    _head(network, picture, wide)
    block.draw(_MARGIN + block.left + (wide - block.left - block.right) / 2, picture.top + _MARGIN, [], picture)
    picture.width, picture.height = wide + 2 * _MARGIN, picture.top + block.height + 2 * _MARGIN
    return picture


def summary(network: Network) -> tuple[str, ...]:
    """Return what a network is, in a few phrases."""
    takes = " and ".join(shown(each.shape) for each in network.inputs)
    leaves = " and ".join(shown(network.shape(value)) for value in network.outputs)
    flops = network.flops()
    layers = f"{len(network.parts):,} layer{'' if len(network.parts) == 1 else 's'}"
    found = (f"{takes} to {leaves}", layers, f"{network.count_parameters():,} parameters")
    return (*found, *([f"{flops:,} FLOPs an example"] if flops else []))


def _head(network: Network, picture: Picture, wide: float) -> None:
    """Write the heading."""
    y = _MARGIN + _HEADING
    picture.heading.append(Text(_MARGIN, y, cut(picture.name, wide, _HEADING, bold=True), _HEADING, bold=True))
    for line in lines(summary(network), wide, _SMALL, 4):
        y += _SMALL * 1.5
        picture.heading.append(Text(_MARGIN, y, line, _SMALL, soft=True))
    picture.top = y


def _ended(units: Units, inputs: list[Node], outputs: list[Node]) -> Units:
    """Return units with each input before the first of them that takes it, and each output after what leaves it."""
    wanted = {value for unit in units for value in unit.takes}
    waiting = {node.value: node for node in inputs if node.value in wanted}
    begun: list[Unit] = [node for node in inputs if node.value not in wanted]
    for unit in units:
        begun += [waiting.pop(value) for value in unit.takes if value in waiting]
        begun.append(unit)
    makers = {value: place for place, unit in enumerate(begun) for value in unit.made}
    left: dict[int, list[Node]] = {}
    for node in outputs:
        left.setdefault(makers[node.takes[0]], []).append(node)
    return tuple(each for place, unit in enumerate(begun) for each in (unit, *left.get(place, ())))


def _sided(units: Units) -> Units:
    """Return units with those side by side that no line joins, at every depth."""
    inner: list[Unit] = []
    for unit in units:
        match unit:
            case Frame(title, within, times, at):
                inner.append(Frame(title, _sided(within), times, at))
            case Lanes() | Node():
                inner.append(unit)
    return beside(tuple(inner))
