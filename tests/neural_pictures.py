"""What pictures of networks have to keep, and texts to draw."""

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import strategies as st

from swapbench_models.neural.drawing.lettering import Text
from swapbench_models.neural.drawing.picture import Picture
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.network.network import Network

MANY = """
define Block(filters) {
  Residual { Conv2D($filters, (3, 3), padding="same") BatchNormalization() Activation("relu") }
  Activation("relu")
}
define Tower(units) {
  a: { Dense($units, "relu") Dropout(0.2) Dense($units) }
  b: { Dense($units, "gelu") }
  c: { Dense($units, "tanh") Residual { Dense($units, "relu") Dense($units) } }
  Concatenate()
  Dense($units, "relu")
}
network Two {
  input: { image: (32, 32, 3), words: (20,) }
  layers:
    image: {
      Conv2D(32, (3, 3), padding="same", strides=2) @ "cuda:0"
      Block(32) * 4
      GlobalAveragePooling2D()
    }
    words: {
      Embedding(1000, 64)
      Residual { MultiHeadAttention(4) Dropout(0.1) }
      TimeDistributed(Dense(64))
      Bidirectional(LSTM(32, dropout=0.1))
    }
    Concatenate()
    Dense(64, "relu")
    Tower(64)
    left: { Dense(64) Output(10, "softmax") }
    right: { Dense(16, "relu") Output(1, "sigmoid") }
}
"""


def network(text: str) -> Network:
    (found,) = check(Source(text), options=Options(allow_code=True))
    return found.network


def chain(*layers: str, shape: str = "(8,)") -> Network:
    return network(f"network N {{ input: {shape}\n layers:\n {chr(10).join(layers)} }}")


Area = tuple[float, float, float, float]


def _area(text: Text) -> Area:
    """Return what a line of text covers: left, top, right, bottom."""
    left = text.x - text.width if text.end else text.x
    return left, text.y - 0.8 * text.size, left + text.width, text.y + 0.25 * text.size


def _meet(one: Area, other: Area, apart: float = 0.0) -> bool:
    return (
        one[0] < other[2] + apart
        and other[0] < one[2] + apart
        and one[1] < other[3] + apart
        and other[1] < one[3] + apart
    )


def _within(inner: Area, outer: Area) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _shrunk(area: Area, by: float) -> Area:
    return area[0] + by, area[1] + by, area[2] - by, area[3] - by


def _pieces(picture: Picture) -> Iterator[tuple[int, Area]]:
    """Yield each piece of each line with the value that it carries."""
    for edge in picture.edges:
        for (x, y), (right, low) in pairwise(edge.whole):
            assert x == pytest.approx(right) or y == pytest.approx(low)
            yield edge.source, (min(x, right), min(y, low), max(x, right), max(y, low))


def sound(picture: Picture) -> None:
    """Assert that nothing overlaps, that all texts are within what they are of, and that lines lead somewhere."""
    whole = (0.0, 0.0, picture.width, picture.height)
    boxes = {box.node.value: (box.x, box.y, box.x + box.width, box.y + box.height) for box in picture.boxes}
    assert len(boxes) == len(picture.boxes)
    panels = [(each.x, each.y, each.x + each.width, each.y + each.height) for each in picture.panels]
    titles = [_area(panel.title) for panel in picture.panels if panel.title is not None] + [
        _area(text) for text in picture.heading
    ]
    assert all(_within(area, whole) for area in (*boxes.values(), *panels, *titles))
    assert not any(_meet(one, other, 5.0) for one, other in combinations(boxes.values(), 2))
    for box in picture.boxes:
        areas = [_area(text) for text in box.texts]
        assert all(_within(area, boxes[box.node.value]) for area in areas), box
        assert not any(_meet(one, other) for one, other in combinations(areas, 2)), box
    for panel, area in zip(picture.panels, panels, strict=True):
        assert panel.title is None or _within(_area(panel.title), area)
        for other in (*boxes.values(), *(each for each in panels if each is not area)):
            assert _within(other, area) or _within(area, other) or not _meet(area, other)
    covered = [*(_shrunk(area, 0.5) for area in boxes.values()), *titles]
    pieces = list(_pieces(picture))
    for value, piece in pieces:
        assert _within(piece, whole)
        assert not [area for area in covered if _meet(piece, area)], value
    for (value, one), (other_value, other) in combinations(pieces, 2):
        if value != other_value and _meet(one, other, 1.0):  # they may cross, and not run along one another
            common = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
            assert max(common) < 2.5, (value, one, other_value, other)
    for edge in picture.edges:
        (x, y), (end_x, end_y) = edge.whole[0], edge.whole[-1]
        left, _, right, bottom = boxes[edge.source]
        assert left < x < right
        assert y == pytest.approx(bottom)
        left, top, right, _ = boxes[edge.target]
        assert left < end_x < right
        assert end_y == pytest.approx(top)
        assert edge.whole[-2][1] <= end_y - 14, "there is room for the arrow"


def complete(found: Network, picture: Picture) -> None:
    """Assert that every layer is drawn, those that are repeated so many times, and joined as the network has it."""
    times = {}
    for box in picture.boxes:
        times[box.node.value] = 1
        for panel in picture.panels:
            if panel.x < box.x < panel.x + panel.width and panel.y < box.y < panel.y + panel.height:
                times[box.node.value] *= panel.times
    nodes = [box.node for box in picture.boxes]
    layers = [node for node in nodes if not node.end]
    assert sum(node.parameters * times[node.value] for node in layers) == found.count_parameters()
    assert sum(times[node.value] for node in layers) in {len({step.part for step in found.steps}), len(found.steps)}
    assert len(nodes) - len(layers) == len(found.inputs) + len(found.outputs)
    joined = sorted((edge.source, edge.target) for edge in picture.edges)
    assert joined == sorted({(value, node.value) for node in nodes for value in node.takes})
    if all(panel.times == 1 for panel in picture.panels):
        maker = [*range(-len(found.inputs), 0), *(step.part for step in found.steps)]
        wanted = {
            (maker[value], step.part) for step in found.steps for value in step.inputs if maker[value] != step.part
        }
        owner = {value: maker[value] for value in range(len(maker))}
        inner = {(owner[source], owner[target]) for source, target in joined if target in owner}
        assert inner - {(part, part) for part in owner.values()} == wanted


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Draw a text of layers, repetitions, macros, residual blocks and branches that are joined or not."""
    macros: list[str] = []

    def block(depth: int, several: bool) -> tuple[str, bool]:
        """Return statements, and whether several values leave them."""
        found: list[str] = []
        branched = False
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(st.integers(0, 6 if depth else 2))
            if several and (kind != 6 or branched):  # branches after branches would stand beside them
                found.append(draw(st.sampled_from(("Add()", "Average()", 'Maximum(activation="relu")'))))
                several = branched = False
            if kind <= 2:
                layer = draw(st.sampled_from(("Dense(8)", "Dropout(0.5)", 'Dense(8, "relu")', "Activation(tanh)")))
                found.append(layer + draw(st.sampled_from(("", "", " * 3"))))
            elif kind == 3:
                body, open_ = block(depth - 1, several=False)
                found.append(f"Residual {{ {body}{' Add()' if open_ else ''} }}")
            elif kind == 4:
                body, several = block(depth - 1, several=False)
                branched = False
                macros.append(f"define Macro{len(macros)} {{ {body} }}")
                times = "" if several else draw(st.sampled_from(("", " * 2", " * 4")))
                found.append(f"Macro{len(macros) - 1}(){times}")
            elif kind == 5:
                found.append("Dense(8) Dense(8) Add()")
            else:
                for number in range(draw(st.integers(2, 3))):
                    # What stands before branches of which none begins there would be lost.
                    own = f"branch{number}"
                    name = draw(st.sampled_from((own, "first", "second"))) if number else own
                    body, _ = block(depth - 1, several and name.startswith("branch"))
                    found.append(f"{name}: {{ {body} }}")
                several = branched = True
        return "\n".join(found), several

    body, _ = block(3, several=True)
    return "\n".join((*macros, f"network N {{ input: {{ first: (8,), second: (8,) }}\n layers:\n{body} }}"))
