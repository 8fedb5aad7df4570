"""A picture: boxes, frames, lines and texts, each in its place, for whichever painter."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from swapbench_models.neural.drawing.lettering import Text
from swapbench_models.neural.drawing.node import Node
from swapbench_models.neural.drawing.route import Edge


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its left upper corner, its size, and what is written in it."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A frame: its left upper corner, its size, its title, how often it is meant, and how many frames it is in."""

    title: Text | None
    alternative: str
    x: float
    y: float
    width: float
    height: float
    times: int
    depth: int


@dataclass
class Picture:
    """All that is painted, the later upon the earlier: panels, lines, boxes; `heading` stands above, down to `top`."""

    name: str
    width: float = 0.0
    height: float = 0.0
    top: float = 0.0
    heading: list[Text] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def texts(self) -> Iterator[Text]:
        """Yield all texts."""
        yield from self.heading
        yield from (panel.title for panel in self.panels if panel.title is not None)
        for box in self.boxes:
            yield from box.texts
