"""SVG: a picture as one element, with its own style, that any browser shows."""

from collections.abc import Iterable
from html import escape

from swapbench_models.neural.drawing.colours import DARK, LIGHT, Colours
from swapbench_models.neural.drawing.lettering import Text, told
from swapbench_models.neural.drawing.outline import Command, Stroke, corner, stripe, strokes
from swapbench_models.neural.drawing.picture import Box, Panel, Picture
from swapbench_models.neural.drawing.route import Edge, Point

_FONT = "'DejaVu Sans', 'Bitstream Vera Sans', Verdana, sans-serif"


def svg(picture: Picture, theme: str, summary: str, mark: str, heading: bool = True) -> str:
    """Return a picture as SVG; `mark` says what was drawn, `heading` whether what stands above is in it."""
    top = 0.0 if heading else picture.top
    view = f"0 {_number(top)} {_number(picture.width)} {_number(picture.height - top)}"
    size = f'width="{_number(picture.width)}" height="{_number(picture.height - top)}"'
    names = {box.node.value: box.node.name for box in picture.boxes}
    root = f'xmlns="http://www.w3.org/2000/svg" class="network" data-drawing="{mark}" {size} viewBox="{view}"'
    named = 'role="img" aria-labelledby="drawing-title drawing-about"'
    parts = [
        f"<svg {root} {named}>",
        f'<title id="drawing-title">{escape(picture.name)}</title>',
        f'<desc id="drawing-about">{escape(summary)}</desc>',
        f"<style>{style(theme)}</style>",
        f'<rect class="paper" x="0" y="{_number(top)}" width="100%" height="100%"/>',
        *map(_panel, picture.panels),
        *(_edge(edge, parts, names) for edge, parts in strokes(picture.edges)),
        *map(_box, picture.boxes),
        *(map(_text, picture.heading) if heading else ()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def style(theme: str) -> str:
    """Return the style of all pictures; `auto` follows what the reader prefers."""
    first = _rules(DARK if theme == "dark" else LIGHT)
    dark = f"@media (prefers-color-scheme: dark) {{ {_rules(DARK)} }}" if theme == "auto" else ""
    return f".network text {{ font-family: {_FONT}; white-space: pre; }} {first} {dark}".strip()


def _rules(colours: Colours) -> str:
    rules = {
        "paper": f"fill: {colours.paper}",
        "box": f"fill: {colours.box}; stroke: {colours.line}",
        "end": f"fill: {colours.panels[0]}; stroke: {colours.soft}",
        "wire": f"fill: none; stroke: {colours.wire}; stroke-width: 1.5",
        "wire.beside": f"stroke: {colours.beside}",
        "head": f"fill: {colours.wire}",
        "head.beside": f"fill: {colours.beside}",
        "panel": f"stroke: {colours.panel_line}; fill: {colours.panels[0]}",
        "panel.odd": f"fill: {colours.panels[1]}",
        "ink": f"fill: {colours.ink}",
        "soft": f"fill: {colours.soft}",
        **{f"kind-{kind}": f"fill: {colour}" for kind, colour in colours.kinds.items()},
    }
    return " ".join(f".network .{name} {{ {rule}; }}" for name, rule in rules.items())


def _panel(panel: Panel) -> str:
    odd = " odd" if panel.depth % 2 else ""
    place = f'x="{_number(panel.x)}" y="{_number(panel.y)}"'
    size = f'width="{_number(panel.width)}" height="{_number(panel.height)}"'
    told = f"<title>{escape(panel.alternative)}</title>" if panel.alternative else ""
    title = _text(panel.title) if panel.title else ""
    return f'<g>{told}<rect class="panel{odd}" {place} {size} rx="9"/>{title}</g>'


def _edge(edge: Edge, parts: Iterable[Stroke], names: dict[int, str]) -> str:
    told = escape(f"{names[edge.source]} to {names[edge.target]}")
    return f"<g><title>{told}</title>{''.join(map(_stroke, parts))}</g>"


def _stroke(stroke: Stroke) -> str:
    beside = " beside" if stroke.beside else ""
    heads = "".join(f'<path class="head{beside}" d="M{_points(corners)}Z"/>' for corners in stroke.heads)
    return f'<path class="wire{beside}" d="{_path(stroke.line)}"/>{heads}'


def _box(box: Box) -> str:
    x, y, width, height = map(_number, (box.x, box.y, box.width, box.height))
    end = box.node.end
    place = f'x="{x}" y="{y}" width="{width}" height="{height}" rx="{_number(corner(end))}"'
    side = "" if end else f'<path class="kind-{box.node.kind}" d="{_path(stripe(box.x, box.y, box.height))}Z"/>'
    rim = f'<rect class="{"end" if end else "box"}" {place}/>'
    return f"<g><title>{escape(told(box.node))}</title>{rim}{side}{''.join(map(_text, box.texts))}</g>"


def _text(text: Text) -> str:
    """Return a line of text; its length is given, so that no other font makes it longer."""
    anchor = ' text-anchor="end"' if text.end else ""
    bold = ' font-weight="bold"' if text.bold else ""
    length = f'textLength="{_number(text.width)}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text class="{"soft" if text.soft else "ink"}" x="{_number(text.x)}" y="{_number(text.y)}" '
        f'font-size="{_number(text.size)}"{bold}{anchor} {length}>{escape(text.text)}</text>'
    )


def _path(commands: Iterable[Command]) -> str:
    return "".join(f"{letter}{_points(points)}" for letter, points in commands)


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
