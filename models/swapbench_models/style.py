"""Style: the colours and the look of every picture and page that a family makes, as `style.css` beside it has them.

The pages of the instrument have the same file, so all are of one hand.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_COLOUR = re.compile(r"--(?P<name>[\w-]+): light-dark\((?P<light>#\w{6}), (?P<dark>#\w{6})\);")


@dataclass(frozen=True, slots=True)
class Style:
    """The colours of one theme: what is written on, texts and lines, and `shades` that all eyes tell apart."""

    paper: str
    panel: str
    ink: str
    soft: str
    line: str
    accent: str
    shades: tuple[str, ...]


@cache
def css() -> str:
    """Return the rules that all pages have in common."""
    return (files("swapbench_models") / "style.css").read_text(encoding="utf-8")


def _read(theme: str) -> Style:
    found = {match["name"]: match[theme] for match in _COLOUR.finditer(css())}
    shades = tuple(colour for name, colour in sorted(found.items()) if name.startswith("shade-"))
    return Style(**{name: found[name] for name in Style.__slots__ if name != "shades"}, shades=shades)


LIGHT, DARK = _read("light"), _read("dark")


@contextmanager
def painting(style: Style) -> Iterator[None]:
    """Have matplotlib paint in a style, whatever its user's own settings are."""
    import matplotlib

    settings: Any = {
        **{f"{part}.facecolor": style.paper for part in ("figure", "axes", "savefig")},
        **dict.fromkeys(("text.color", "axes.labelcolor", "ytick.labelcolor"), style.ink),
        **dict.fromkeys(("axes.edgecolor", "grid.color", "xtick.color", "ytick.color"), style.line),
        "xtick.labelcolor": style.soft,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.titlesize": 11,
        "figure.titlesize": 11,
        "figure.titleweight": "bold",
        "errorbar.capsize": 3,
        "legend.frameon": False,
    }
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        yield
