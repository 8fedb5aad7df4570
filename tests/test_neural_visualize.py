"""The command `visualize`: what it writes and what it leaves alone; and its page in a browser."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser import Browser, browser, program
from neural_pictures import MANY, network
from swapbench_models.neural.command.main import main
from swapbench_models.neural.drawing.colours import DARK, LIGHT, THEMES
from swapbench_models.neural.drawing.draw import FORMATS

SMALL = 'network A { input: (8,)\n layers: Dense(4, "relu") Output(2) }\n'


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "net.neural"
    file.write_text(SMALL)
    return file


def ran(*arguments: str | Path, status: int = 0) -> None:
    assert main(["visualize", *map(str, arguments)]) == status


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("theme", THEMES)
def test_each_format_and_theme_is_written_and_kept(
    text: Path, form: str, theme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if form == "png":
        pytest.importorskip("matplotlib")
    out = text.with_name(f"net.{form}")
    ran(text, "--format", form, "--theme", theme)
    first = out.read_bytes()
    made = out.stat().st_mtime_ns
    ran(text, "--theme", theme, "-o", out)
    assert out.stat().st_mtime_ns == made
    assert "holds this drawing of A already" in capsys.readouterr().out
    ran(text, "--theme", theme, "-o", out, "--no-cache")
    assert out.stat().st_mtime_ns > made
    assert out.read_bytes() == first


def test_what_is_another_drawing_is_drawn_anew(text: Path) -> None:
    out = text.with_name("net.svg")
    out.write_text("")
    seen = set()
    for arguments in ((), ("--theme", "dark"), ("--theme", "dark", "--layers", "steps")):
        ran(text, "-o", out, *arguments)
        seen.add(out.read_text())
    text.write_text(SMALL.replace("4", "5"))
    ran(text, "-o", out, *arguments)
    seen.add(out.read_text())
    assert len(seen) == 4
    text.write_text("# a comment moves all places and changes no network\n" + SMALL.replace("4", "5"))
    made = out.stat().st_mtime_ns
    ran(text, "-o", out, *arguments)
    assert out.stat().st_mtime_ns == made


def test_the_text_itself_is_not_written_over(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(text, "-o", text, status=2)
    assert "is the text itself" in capsys.readouterr().err
    assert text.read_text() == SMALL


def test_one_of_several_networks_is_chosen(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text.write_text(SMALL + SMALL.replace("network A", "network B"))
    ran(text, status=2)
    assert "say --network NAME" in capsys.readouterr().err
    ran(text, "--network", "B")
    assert "<title>B</title>" in text.with_name("net.html").read_text()


def test_a_missing_library_is_told_in_one_sentence(
    text: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "matplotlib" else found(name))
    ran(text, "--format", "png", status=2)
    assert "pip install 'swapbench[neural]'" in capsys.readouterr().err
    assert not text.with_name("net.png").exists()
    ran(text)


def test_a_page_refers_to_nothing_outside(text: Path) -> None:
    text.write_text(MANY)
    ran(text)
    page = text.with_name("net.html").read_text()
    assert set(re.findall(r"[\w-]+://[^\s\"'<>]*", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\bsrc=|@import|url\(|<link|<iframe|<base", page)
    assert set(re.findall(r'href="([^"]*)"', page)) == {"#layers"}
    assert page.count("<tr>") == 1 + len(network(MANY).parts)


# In a browser


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = program()
    if path is None:
        pytest.skip("no browser here")
    with browser(path, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


# The texts that leave the box in whose group they stand, by more than the browser's rounding.
OUTSIDE = """
[...document.querySelectorAll("svg g")].flatMap((group) => {
  const rim = group.querySelector("rect");
  if (!rim) return [];
  const box = rim.getBBox();
  return [...group.querySelectorAll("text")].filter((text) => {
    const own = text.getBBox();
    return own.x < box.x || own.x + own.width > box.x + box.width + 0.5 || own.y < box.y - 1 ||
      own.y + own.height > box.y + box.height + 1;
  }).map((text) => text.textContent);
})
"""


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


@pytest.mark.parametrize("dark", [False, True])
def test_a_browser_shows_it_in_the_readers_colours_and_enlarges_it(text: Path, tab: Browser, dark: bool) -> None:
    text.write_text(MANY)
    ran(text)
    page = text.with_name("net.html")
    tab.open(page, width=1100, height=900, dark=dark)
    assert tab.requests == [page.as_uri()]
    colours = DARK if dark else LIGHT
    assert tab.run("getComputedStyle(document.body).backgroundColor") == _rgb(colours.paper)
    assert tab.run('getComputedStyle(document.querySelector("svg .paper")).fill') == _rgb(colours.paper)
    assert tab.run(OUTSIDE) == []
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")
    wide: Any = 'document.querySelector("svg").getBoundingClientRect().width'
    before = tab.run(wide)
    tab.run('document.getElementById("larger").click()')
    assert tab.run(wide) == pytest.approx(before * 1.25, rel=0.01)
    tab.run('document.getElementById("view").focus()')
    tab.press("0", 48, "0")
    assert tab.run(wide) <= 1100
    assert tab.complaints == []
