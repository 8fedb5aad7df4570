"""PNG: a picture painted by matplotlib, without a window and whatever its user's own settings are."""

import importlib.util
import io
import math
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swapbench_models.neural.drawing.colours import DARK, LIGHT, Colours
from swapbench_models.neural.drawing.lettering import Text
from swapbench_models.neural.drawing.outline import Command, Triangle, corner, rectangle, stripe, strokes
from swapbench_models.neural.drawing.picture import Picture
from swapbench_models.neural.drawing.widths import REPLACED
from swapbench_models.neural.error import NeuralError

if TYPE_CHECKING:
    from matplotlib.path import Path as Outline

# The dots of a picture to its pixels, but for pictures of which that would make more than can be looked at; with fewer
# than the least, no letter could be read.
_SCALE, _LEAST = 2.0, 0.5
_MOST_DOTS, _LONGEST = 40e6, 20_000
# The name under which the file says what was drawn.
MARK = "Drawing"
_FONTS = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
# Outlines of one colour are painted together, since each by itself costs much more; all at once are too many.
_TOGETHER = 64
# What is painted upon what: panels by their depth, then these.
_BESIDE, _WIRES, _BOXES, _STRIPES, _TEXTS = range(1000, 1005)


def check() -> None:
    """Raise NeuralError where there is no matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        raise NeuralError("A PNG is painted by matplotlib: pip install 'swapbench[neural]'; html and svg need nothing.")


def scale(picture: Picture) -> float:
    """Return the dots for each pixel of a picture; raises NeuralError where it is too large for its letters."""
    longest = max(picture.width, picture.height)
    found = min(_SCALE, math.sqrt(_MOST_DOTS / (picture.width * picture.height)), _LONGEST / longest)
    if found < _LEAST:
        raise NeuralError(
            f"{picture.name} is drawn {picture.width:,.0f} x {picture.height:,.0f} large, and a PNG of at most "
            f"{_LONGEST:,} dots a side, {_MOST_DOTS:,.0f} in all, would show nothing of it; choose html or svg."
        )
    return found


def size(picture: Picture) -> tuple[int, int]:
    """Return the width and height of a picture in dots."""
    dots = scale(picture)
    return round(picture.width * dots), round(picture.height * dots)


def png(picture: Picture, theme: str, mark: str) -> bytes:
    """Return a picture as PNG; `mark` says what was drawn, and stands in the file."""
    check()
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        return _Painting(picture, DARK if theme == "dark" else LIGHT).painted(mark)


class _Painting:
    def __init__(self, picture: Picture, colours: Colours) -> None:
        self._picture, self._colours = picture, colours
        self._outlines: dict[tuple[int, str, str, float], list[Outline]] = {}

    def painted(self, mark: str) -> bytes:
        """Return all of the picture as PNG."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline
        from matplotlib.transforms import Affine2D

        self._gather()
        width, height = size(self._picture)
        figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=self._colours.paper)
        FigureCanvasAgg(figure)
        dots = scale(self._picture)
        moved = Affine2D().scale(dots, -dots).translate(0, height)
        for (_, fill, line, thick), outlines in sorted(self._outlines.items()):
            for start in range(0, len(outlines), _TOGETHER):
                together = Outline.make_compound_path(*outlines[start : start + _TOGETHER])
                # A line's width is in points, of which an inch has 72 as it has 100 dots.
                patch = PathPatch(together, facecolor=fill, edgecolor=line, linewidth=thick * dots * 0.72)
                patch.set_transform(moved)
                figure.add_artist(patch)
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={MARK: mark, "Software": None})
        return file.getvalue()

    def _gather(self) -> None:
        colours = self._colours
        for panel in self._picture.panels:
            outline = rectangle(panel.x, panel.y, panel.width, panel.height, 9.0)
            self._add(panel.depth, outline, colours.panels[panel.depth % 2], colours.panel_line, 1.0)
        for _, parts in strokes(self._picture.edges):
            for stroke in parts:
                level, colour = (_BESIDE, colours.beside) if stroke.beside else (_WIRES, colours.wire)
                self._add(level, stroke.line, line=colour, thick=1.5)
                for head in stroke.heads:
                    self._add(level, _triangle(head), fill=colour)
        for box in self._picture.boxes:
            end = box.node.end
            fill, line = (colours.panels[0], colours.soft) if end else (colours.box, colours.line)
            self._add(_BOXES, rectangle(box.x, box.y, box.width, box.height, corner(end)), fill, line, 1.0)
            if not end:
                self._add(_STRIPES, stripe(box.x, box.y, box.height), fill=colours.kinds[box.node.kind])
        for text in self._picture.texts():
            self._text(text)

    def _add(
        self, level: int, commands: Iterable[Command], fill: str = "none", line: str = "none", thick: float = 0.0
    ) -> None:
        from matplotlib.path import Path as Outline

        codes = {"M": [Outline.MOVETO], "L": [Outline.LINETO], "Q": [Outline.CURVE3, Outline.CURVE3]}
        listed = list(commands)
        outline = Outline(
            [point for _, points in listed for point in points],
            [code for letter, _ in listed for code in codes[letter]],
        )
        self._outlines.setdefault((level, fill, line, thick), []).append(outline)

    def _text(self, text: Text) -> None:
        """Add a text as the shapes of its letters, drawn together where they are wider than they should be."""
        from matplotlib.transforms import Affine2D

        letters = _letters(text.text, text.size, text.bold)
        points: Any = letters.vertices
        if not len(points):
            return
        narrow = min(1.0, text.width / max(float(points[:, 0].max()), 1.0))
        x = text.x - text.width if text.end else text.x
        colour = self._colours.soft if text.soft else self._colours.ink
        moved = letters.transformed(Affine2D().scale(narrow, -1).translate(x, text.y))
        self._outlines.setdefault((_TEXTS, colour, "none", 0.0), []).append(moved)


@cache
def _font(bold: bool) -> tuple[Any, frozenset[int]]:
    """Return a font and the characters that it has."""
    from matplotlib import font_manager, get_data_path

    file = str(Path(get_data_path()) / "fonts" / "ttf" / _FONTS[bold])
    return font_manager.FontProperties(fname=file), frozenset(font_manager.get_font(file).get_charmap())


@lru_cache(maxsize=1 << 12)
def _letters(text: str, size: float, bold: bool) -> "Outline":
    """Return the shapes of a text's letters; what the font lacks is replaced."""
    from matplotlib.textpath import TextPath

    font, characters = _font(bold)
    known = "".join(letter if ord(letter) in characters else REPLACED for letter in text)
    return TextPath((0, 0), known, size=size, prop=font)


def _triangle(corners: Triangle) -> tuple[Command, ...]:
    first, second, third = corners
    return ("M", (first,)), ("L", (second,)), ("L", (third,)), ("L", (first,))
