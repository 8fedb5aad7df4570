"""Colours of a picture on light and on dark paper: those of every page, and what only a drawing of layers needs.

Texts have 4.5 times the light of what is behind them or more, or it of theirs; lines and stripes have 3 times. Those of
kinds are near Okabe and Ito's; no one needs them to tell layers apart, whose names stand beside them.
"""

from dataclasses import dataclass

from swapbench_models import style

THEMES = ("light", "dark", "auto")


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one theme; `panels` alternate for frames in frames."""

    paper: str
    ink: str
    soft: str
    box: str
    line: str
    wire: str
    beside: str
    panels: tuple[str, str]
    panel_line: str
    kinds: dict[str, str]


LIGHT = Colours(
    paper=style.LIGHT.paper,
    ink=style.LIGHT.ink,
    soft=style.LIGHT.soft,
    box="#ffffff",
    line="#b9c0c8",
    wire="#646c75",
    beside=style.LIGHT.accent,
    panels=(style.LIGHT.panel, "#e9ecf0"),
    panel_line="#c6ccd3",
    kinds={
        "dense": style.LIGHT.shades[0],
        "convolution": style.LIGHT.shades[1],
        "recurrent": style.LIGHT.shades[2],
        "attention": style.LIGHT.shades[3],
        "normalization": "#b57b00",
        "merge": style.LIGHT.ink,
        "pooling": "#8f8000",
        "shape": "#7d8790",
        "pointwise": "#7b6fd0",
        "other": "#8a5a2b",
    },
)
DARK = Colours(
    paper=style.DARK.paper,
    ink=style.DARK.ink,
    soft=style.DARK.soft,
    box="#1d2125",
    line="#4a525b",
    wire="#98a1aa",
    beside=style.DARK.accent,
    panels=("#22272c", "#2b3137"),
    panel_line="#454d56",
    kinds={
        "dense": style.DARK.shades[0],
        "convolution": style.DARK.shades[5],
        "recurrent": style.DARK.shades[2],
        "attention": style.DARK.shades[3],
        "normalization": "#edb03a",
        "merge": style.DARK.ink,
        "pooling": style.DARK.shades[4],
        "shape": "#7d8790",
        "pointwise": "#a99cf0",
        "other": "#c08a50",
    },
)
KINDS = ("input", "output", *LIGHT.kinds)
