"""Colours of a picture on light and on dark paper.

Texts have 4.5 times the light of what is behind them or more, or it of theirs; lines and stripes have 3 times. Those of
kinds are near Okabe and Ito's; no one needs them to tell layers apart, whose names stand beside them.
"""

from dataclasses import dataclass

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
    paper="#ffffff",
    ink="#1b1e22",
    soft="#515860",
    box="#ffffff",
    line="#b9c0c8",
    wire="#646c75",
    beside="#0067a3",
    panels=("#f3f5f7", "#e9ecf0"),
    panel_line="#c6ccd3",
    kinds={
        "dense": "#0072b2",
        "convolution": "#d55e00",
        "recurrent": "#009e73",
        "attention": "#cc79a7",
        "normalization": "#b57b00",
        "merge": "#1b1e22",
        "pooling": "#8f8000",
        "shape": "#7d8790",
        "pointwise": "#7b6fd0",
        "other": "#8a5a2b",
    },
)
DARK = Colours(
    paper="#15181b",
    ink="#e7e9eb",
    soft="#aab2ba",
    box="#1d2125",
    line="#4a525b",
    wire="#98a1aa",
    beside="#6cc0f0",
    panels=("#22272c", "#2b3137"),
    panel_line="#454d56",
    kinds={
        "dense": "#3d9fd9",
        "convolution": "#ff8540",
        "recurrent": "#2fbf93",
        "attention": "#e09cc2",
        "normalization": "#edb03a",
        "merge": "#e7e9eb",
        "pooling": "#f0e442",
        "shape": "#7d8790",
        "pointwise": "#a99cf0",
        "other": "#c08a50",
    },
)
KINDS = ("input", "output", *LIGHT.kinds)
