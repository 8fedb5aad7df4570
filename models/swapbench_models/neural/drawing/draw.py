"""Drawing: a network as the bytes of a file, and whether a file holds them already."""

import hashlib
import importlib.metadata
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from swapbench_models import style
from swapbench_models.neural.drawing import png
from swapbench_models.neural.drawing.layout import drawn, summary
from swapbench_models.neural.drawing.page import page
from swapbench_models.neural.drawing.svg import svg
from swapbench_models.neural.network.network import Network

FORMATS = ("html", "svg", "png")
# Where each format has the mark, all of them near their beginning.
_MARKED = re.compile(rb'(?:<(?:html|svg)\b[^>]*\bdata-drawing="|tEXt' + png.MARK.encode() + rb"\0)([0-9a-f]{64})")
_NEAR = 1 << 12


def draw(network: Network, form: str, theme: str, steps: bool) -> bytes:
    """Return a network drawn in one of FORMATS and colours.THEMES, by its layers or by their steps.

    The same network gives the same bytes. Raises NeuralError where there is no library for the format, or it cannot
    hold so large a network.
    """
    if form == "png":
        png.check()
    picture, told, signed = drawn(network, steps), ", ".join(summary(network)), mark(network, form, theme, steps)
    if form == "png":
        return png.png(picture, theme, signed)
    text = page(network, picture, theme, told, signed) if form == "html" else svg(picture, theme, told, signed)
    return text.encode()


def mark(network: Network, form: str, theme: str, steps: bool) -> str:
    """Return the digest of all that a drawing depends on: the network, how it is to be drawn, and what draws."""
    places = {at: place for place, at in enumerate(sorted({part.at for part in network.parts}))}
    parts = tuple(replace(part, at=places[part.at]) for part in network.parts)
    digest = hashlib.sha256(repr((replace(network, parts=parts), form, theme, steps)).encode())
    for each in _drawers(form):
        digest.update(hashlib.sha256(each).digest())
    return digest.hexdigest()


def holds(file: Path, signed: str) -> bool:
    """Return whether a file holds a drawing with this mark."""
    try:
        with file.open("rb") as stream:
            found = _MARKED.search(stream.read(_NEAR))
    except FileNotFoundError:
        return False
    return found is not None and found[1].decode() == signed


def _drawers(form: str) -> Iterator[bytes]:
    """Yield what draws: the style of all pages, this package's own text, and the version of the painter."""
    yield style.css().encode()
    here = files("swapbench_models.neural.drawing")
    for folder in (here, here / "assets"):
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if file.is_file():
                yield file.read_bytes()
    if form == "png":
        png.check()
        yield importlib.metadata.version("matplotlib").encode()
