"""Pictures of networks: geometry, names as data, the same bytes, and files that hold a picture already."""

import os
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_pictures import MANY, chain, complete, network, programs, sound
from swapbench_models.neural.drawing import placing, png
from swapbench_models.neural.drawing.channel import Channel, Net
from swapbench_models.neural.drawing.draw import FORMATS, draw
from swapbench_models.neural.drawing.layout import drawn
from swapbench_models.neural.drawing.node import Frame, Node
from swapbench_models.neural.drawing.picture import Picture
from swapbench_models.neural.drawing.repeats import folded
from swapbench_models.neural.drawing.widths import REPLACED, cut, lines, visible, width
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.fault import LanguageError
from swapbench_models.neural.language.source import read
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.network.network import Network

EXAMPLES = Path(__file__).parents[2] / "shared" / "data" / "neural" / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.neural"))
HOSTILE = "</text></svg></title><script>alert('&')</script>$x^2$"
QUOTED = f'"{HOSTILE}"'


# Geometry


@pytest.mark.parametrize("name", NAMES or [pytest.param("", marks=pytest.mark.skip("the examples are not here"))])
def test_examples_are_drawn_with_nothing_upon_anything_else(name: str) -> None:
    try:
        found = check(read(str(EXAMPLES / name)))
    except LanguageError:
        pytest.skip("is no network")
    for each in found:
        for steps in (False, True):
            picture = drawn(each.network, steps)
            sound(picture)
            complete(each.network, picture)


@pytest.mark.parametrize("high", [200.0, 1500.0])
@settings(max_examples=40, deadline=None, suppress_health_check=[*HealthCheck])
@given(text=programs(), steps=st.booleans())
def test_whatever_a_text_says_nothing_is_drawn_upon_anything_else(
    monkeypatch: pytest.MonkeyPatch, high: float, text: str, steps: bool
) -> None:
    monkeypatch.setattr(placing, "_HIGH", high)
    found = network(text)
    picture = drawn(found, steps)
    sound(picture)
    complete(found, picture)


def _titles(picture: Picture) -> list[tuple[str, int]]:
    return [(panel.alternative, panel.depth) for panel in picture.panels]


def test_branches_stand_side_by_side_and_what_they_join_below_them() -> None:
    picture = drawn(network(MANY))
    sound(picture)
    of = {box.node.name: box for box in reversed(picture.boxes)}
    image, words, joined = of["image"], of["words"], of["Concatenate"]
    assert image.y == words.y
    assert joined.y > max(image.y, words.y)
    assert ("Block x 4", 0) in _titles(picture)
    assert ("Tower", 0) in _titles(picture)
    assert [title for title, _ in _titles(picture)].count("Residual") == 3
    assert sum(bool(edge.beside) for edge in picture.edges) == 3


def test_uses_of_a_macro_have_a_frame_each_and_equal_ones_one_with_their_number() -> None:
    macro = "define Pair(n) { Dense($n) Dropout(0.1) }\n"
    three = network(f"{macro}network N {{ input: (8,)\n layers: Pair(8) Pair(4) Pair(8) }}")
    assert _titles(drawn(three)) == [("Pair", 0)] * 3
    many = drawn(network(f"{macro}network N {{ input: (8,)\n layers: Pair(8) * 7 }}"))
    assert _titles(many) == [("Pair x 7", 0)]
    assert [box.node.name for box in many.boxes] == ["input", "Dense", "Dropout", "output"]
    assert _titles(drawn(chain("Dense(8) * 5"))) == [("x 5", 0)]
    assert _titles(drawn(chain("Dense(8)", "Dense(8)", "Dense(7)"))) == []


def _row(*takes: tuple[int, ...]) -> tuple[Node, ...]:
    """Return equal layers, which leave the values from 1 on."""
    return tuple(Node("dense", "Dense", (), "(8,)", 0, value, taken) for value, taken in enumerate(takes, 1))


@pytest.mark.parametrize(
    ("takes", "drawn_as"),
    [
        ([(0,), (1,), (2,), (3,), (4,)], [5]),
        ([(0,), (1,), (2,), (3,), (4, 2)], [1, 1, 1, 1, 1]),  # somebody else takes what the second leaves
        ([(9, 0), (1, 0), (2, 0), (3, 0), (4, 0)], [5]),  # all take one value from further away
        ([(9, 0), (1, 0), (2, 0), (3, 0), (4, 7)], [4, 1]),
        ([(0,), (0,), (0,), (0,), (0,)], [1, 1, 1, 1, 1]),
    ],
)
def test_equal_layers_are_one_where_each_takes_what_the_one_before_it_leaves(
    takes: list[tuple[int, ...]], drawn_as: list[int]
) -> None:
    found = folded(_row(*takes))
    assert [unit.times if isinstance(unit, Frame) else 1 for unit in found] == drawn_as


def test_branches_with_repetitions_are_complete() -> None:
    taken = chain("a: { Dense(8) * 4 }", "b: { Dense(8) }", "Add()", "Dense(8) * 4", "Add()")
    sound(drawn(taken))
    complete(taken, drawn(taken))
    assert _titles(drawn(taken)) == [("x 4", 0)] * 2


def test_steps_are_what_a_layer_stands_for() -> None:
    encoder = chain("TransformerEncoder(num_heads=2, ff_dim=16)", shape="(4, 8)")
    (box,) = (box for box in drawn(encoder).boxes if not box.node.end)
    assert box.node.settings == ("2 heads of 4", "dropout 0.1", "16 inner units", "relu")
    names = [box.node.name for box in drawn(encoder, steps=True).boxes if not box.node.end]
    assert names == [
        "Attention", "Dropout", "Add", "LayerNorm", "Dense", "Activation", "Dense", "Dropout", "Add", "LayerNorm",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ('Conv2D(32, (3, 3), activation="relu")', "32 filters, 3 x 3, relu"),
        ("Conv2D(8, 3, strides=2, padding=same, use_bias=false)", "8 filters, 3 x 3, stride 2, same, no bias"),
        ("SeparableConv2D(8, 3)", "8 filters, 3 x 3"),
        ("MaxPooling2D(2)", "2 x 2"),
        ("MaxPooling2D(3, strides=2)", "3 x 3, stride 2"),
        ("Dropout(0.25)", "rate 0.25"),
        ("GlobalAveragePooling2D()", ""),
        ('Dense(1) @ "cuda:1"', "1 unit, on cuda:1"),
    ],
)
def test_settings_are_told_in_a_few_words(layer: str, said: str) -> None:
    (box,) = (box for box in drawn(chain(layer, shape="(9, 9, 4)")).boxes if not box.node.end)
    assert ", ".join(box.node.settings) == said


def test_lines_that_cannot_pass_each_other_on_one_level_have_two() -> None:
    nets = [Net(1, 0.0, (50.0,)), Net(2, 50.0, (0.0,))]
    channel = Channel(nets)
    first, second = ([(net.top, 0.0), *channel.path(net, net.bottoms[0], 0.0, channel.height(0.0))] for net in nets)
    upright = [
        {(x, min(y, low), max(y, low)) for (x, y), (right, low) in pairwise(path) if x == right}
        for path in (first, second)
    ]
    assert all(x != other or low <= top or down <= y for x, y, low in upright[0] for other, top, down in upright[1])
    assert channel.right > 50.0


@pytest.mark.parametrize(
    "layers",
    [
        (*(f"b{number}: {{ Dense({1 + number % 7}) }}" for number in range(2000)), "Concatenate()"),
        tuple(f"Dense({1 + number * number % 97})" for number in range(2000)),
        tuple(
            f"b{level}x{number}: {{ Dense({1 + level * number % 7}) }}" + (" Concatenate()" if number == 47 else "")
            for level in range(40)
            for number in range(48)
        ),
    ],
    ids=["side by side", "in a row", "in levels"],
)
def test_the_largest_networks_are_drawn_in_seconds(layers: tuple[str, ...]) -> None:
    found = chain(*layers)
    started = time.process_time()
    assert draw(found, "svg", "auto", steps=False).count(b"<title>") > 1500
    assert time.process_time() - started < 15


def test_a_network_too_large_for_a_png_is_refused() -> None:
    pytest.importorskip("matplotlib")
    large = chain(*(f"b{number}: {{ Dense(8) }}" for number in range(300)), "Concatenate()")
    with pytest.raises(NeuralError, match=r"^N is drawn 54,0.. x 1,8.. large, and a PNG .* choose html or svg\.$"):
        draw(large, "png", "auto", steps=False)


# Texts


def test_widths_are_those_of_the_font() -> None:
    font_manager = pytest.importorskip("matplotlib.font_manager")
    unscaled = pytest.importorskip("matplotlib.ft2font").LoadFlags.NO_SCALE
    text = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100)))) + "\N{HORIZONTAL ELLIPSIS}"
    for bold in (False, True):
        font = font_manager.get_font(png._font(bold)[0].get_file())
        for character in text:
            advance = font.load_char(ord(character), flags=unscaled).horiAdvance
            assert width(character, 2048, bold) == pytest.approx(advance, abs=0.51), character


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.floats(20, 300), st.booleans())
def test_what_is_cut_has_room(text: str, room: float, bold: bool) -> None:
    assert width(cut(visible(text), room, 11, bold), 11, bold) <= room
    assert all(width(line, 11) <= room for line in lines(text.split(), room, 11, 2))


def test_nothing_unseen_is_written() -> None:
    assert visible("a\tb\nc\0\u202ed") == f"a b c{REPLACED}{REPLACED}d"
    assert visible("a" + "\u0301" * 50) == "a\u0301\u0301"


def hostile() -> Network:
    """Return a network with such names everywhere, on devices that no text could name."""
    of = chain(f"Lambda({QUOTED})", "Dense(4)")
    return replace(of, parts=tuple(replace(part, device=f"cuda{HOSTILE}") for part in of.parts))


@pytest.mark.parametrize("form", ["html", "svg"])
def test_names_are_data(form: str) -> None:
    text = draw(hostile(), form, "auto", steps=False).decode()
    assert "<script>alert" not in text
    assert text.count("<script>") == (form == "html")
    inner = text[text.index("<svg") : text.index("</svg>") + 6]
    texts = {each.text or "" for each in ET.fromstring(inner).iter() if each.tag.endswith("title")}  # noqa: S314
    assert any(HOSTILE in each for each in texts)


# Files


def test_the_same_network_gives_the_same_bytes() -> None:
    for form in FORMATS:
        text = "Dense(8)" if form == "png" else "a: { Dense(8) * 5 } b: { Dense(8) } Add()"
        assert draw(chain(text), form, "auto", steps=False) == draw(chain(text), form, "auto", steps=False)
    code = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "from neural_pictures import *; from swapbench_models.neural.drawing.draw import draw\n"
        "sys.stdout.buffer.write(draw(network(MANY), 'svg', 'auto', False))"
    )
    command = [sys.executable, "-c", code]
    told = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True)
        for seed in ("1", "2")
    ]
    assert told[0].stdout == told[1].stdout == draw(network(MANY), "svg", "auto", steps=False)


def test_a_png_has_the_size_of_its_picture_whatever_its_user_has_set() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    found = chain('Lambda("\u4e2d\u6587 \u0301 $x$")', "Dense(4)")
    content = draw(found, "png", "dark", steps=False)
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == png.size(drawn(found))
    with matplotlib.rc_context({"savefig.bbox": "tight", "text.usetex": True, "path.sketch": (1, 100, 2)}):
        assert draw(found, "png", "dark", steps=False) == content
    large = drawn(chain(*(f"Dense({1 + number % 9})" for number in range(300))))
    assert png.size(large)[0] * png.size(large)[1] < 41e6
