"""The page: a picture with a table of all layers, as one HTML file that needs a browser and nothing else.

Nothing in it can load or send anything: its policy allows one script, by its digest. Without scripts it can be read,
scrolled and printed; the script enlarges and moves the picture.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from swapbench_models import style
from swapbench_models.neural.drawing import words
from swapbench_models.neural.drawing.picture import Picture
from swapbench_models.neural.drawing.reading import holds, parameters, settings, shown
from swapbench_models.neural.drawing.svg import svg
from swapbench_models.neural.drawing.widths import visible
from swapbench_models.neural.network.network import Network, Part, Step

_COLUMNS = ("", "layer", "in", "settings", "shape", "parameters", "FLOPs an example")
_SCHEMES = {"light": "light", "dark": "dark", "auto": "light dark"}


def page(network: Network, picture: Picture, theme: str, summary: str, mark: str) -> str:
    """Return a network's picture and its layers as a page; `mark` says what was drawn."""
    script = _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Template(_asset("page.html")).substitute(
        mark=mark,
        policy=f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'",
        scheme=_SCHEMES[theme],
        style=style.css() + _asset("page.css"),
        name=escape(picture.name),
        summary=escape(summary),
        picture=svg(picture, theme, summary, mark, heading=False),
        head="".join(f'<th scope="col"{_number(at)}>{title or _HIDDEN}</th>' for at, title in enumerate(_COLUMNS)),
        rows="\n".join(_rows(network)),
        script=script,
    )


_HIDDEN = '<span class="hidden">number</span>'


def _asset(name: str) -> str:
    return (files("swapbench_models.neural.drawing") / "assets" / name).read_text(encoding="utf-8")


def _rows(network: Network) -> Iterator[str]:
    of: dict[int, list[Step]] = {}
    for step in network.steps:
        of.setdefault(step.part, []).append(step)
    for number, part in enumerate(network.parts):
        cells = [str(number + 1), *_cells(network, of.get(number, []), part)]
        tags = (
            f'<th scope="row">{cell}</th>' if column == 1 else f"<td{_number(column)}>{cell}</td>"
            for column, cell in enumerate(map(escape, cells))
        )
        yield f"<tr>{''.join(tags)}</tr>"


def _cells(network: Network, steps: Sequence[Step], part: Part) -> tuple[str, ...]:
    within = " / ".join(map(visible, part.group))
    if not steps:
        return visible(part.label), within, "begins", "", "", ""
    # What stands before and after layers in braces has the name of all of them; this is what it does there.
    does = [words.name(steps[0].layer)] if holds(part) else []
    flops = [network.step_flops(step) for step in steps]
    operations = "unknown" if None in flops else f"{sum(each for each in flops if each is not None):,}"
    return (
        visible(part.label), within, ", ".join((*does, *settings(steps, part))), shown(steps[-1].shape),
        f"{parameters(network, steps):,}", operations,
    )  # fmt: skip


def _number(column: int) -> str:
    return ' class="number"' if column in {0, len(_COLUMNS) - 2, len(_COLUMNS) - 1} else ""
