"""One hand: the pages of a run, the pages and pictures that families make, and those of the documents."""

import re
from pathlib import Path

from helpers import require
from swapbench_models import style
from swapbench_models.neural.drawing import colours

ROOT = Path(__file__).parent.parent
OURS = ROOT / "harness" / "swapbench" / "show" / "assets"
THEIRS = ROOT / "models" / "swapbench_models"
LETTERS = "system-ui, sans-serif"


def test_the_instrument_and_the_models_which_do_not_know_each_other_have_one_style() -> None:
    assert (OURS / "style.css").read_bytes() == (THEIRS / "style.css").read_bytes()


def test_a_page_adds_no_colour_of_its_own_and_no_other_letters() -> None:
    pages = [*OURS.glob("*.css"), *THEIRS.rglob("*.css")]
    assert len(pages) == 4
    for page in pages:
        if page.name != "style.css":
            text = page.read_text()
            assert not re.search(r"#[0-9a-f]{3,8}\b(?=\s*[;,)])", text), page
            assert set(re.findall(r"font(?:-family)?: (?!inherit)[^;]*?([\w-]+, [\w-]+);", text)) <= {LETTERS}, page


def test_what_is_written_can_be_read_on_what_is_behind_it() -> None:
    """By WCAG 2.2: 4.5 to 1 for words. Shades are told apart by shapes too."""
    for theme, drawing in ((style.LIGHT, colours.LIGHT), (style.DARK, colours.DARK)):
        for word in (theme.ink, theme.soft, theme.accent):
            assert min(_contrast(word, behind) for behind in (theme.paper, theme.panel)) >= 4.5
        for word in (drawing.ink, drawing.soft):
            assert min(_contrast(word, behind) for behind in (drawing.paper, drawing.box, *drawing.panels)) >= 4.5
    assert len(style.LIGHT.shades) == len(style.DARK.shades) == len(set(style.DARK.shades))


def _contrast(one: str, other: str) -> float:
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(factor * share for factor, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_pictures_have_the_style_whatever_the_readers_own_settings_are() -> None:
    require("matplotlib")
    import matplotlib

    with matplotlib.rc_context({"text.color": "red", "font.size": 30}):
        with style.painting(style.DARK):
            assert matplotlib.rcParams["text.color"] == style.DARK.ink
            assert matplotlib.rcParams["figure.facecolor"] == style.DARK.paper
            assert matplotlib.rcParams["font.size"] == 10
        assert matplotlib.rcParams["font.size"] == 30
    for program in (*(ROOT / "docs").glob("*.py"), *THEIRS.rglob("picture.py")):
        assert not re.search(r"\"#[0-9a-fA-F]{6}\"", program.read_text()), program
