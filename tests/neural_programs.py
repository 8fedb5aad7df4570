"""Programs of the network language: the published ones, and ones that are made up or spoilt at random."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st

from swapbench_models.neural.language.tokens import tokens
from swapbench_models.neural.language.tree import (
    Argument,
    Branch,
    Call,
    Choice,
    Define,
    Group,
    Layer,
    Name,
    Network,
    Operation,
    Program,
    Research,
    Setting,
    Value,
    Variable,
)
from swapbench_models.neural.meaning.kinds.kinds import KINDS
from swapbench_models.neural.meaning.signature import REQUIRED

EXAMPLES = Path(__file__).parent.parent.parent / "shared" / "data" / "neural" / "examples"

names = st.from_regex(r"[A-Z][a-z]{0,5}[0-9]?", fullmatch=True).filter(
    lambda name: name not in {"True", "False", "None"}
)
words = st.sampled_from(["relu", "same", "valid", "softmax", "categorical_crossentropy"])
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
numbers = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)


def published() -> list[Path]:
    """Return the published files; where they are not at hand, whatever needs them is skipped."""
    if not EXAMPLES.is_dir():
        pytest.skip("the published examples of the language are not at hand")
    return sorted(EXAMPLES.glob("*.neural"))


def _deeper(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return (
        st.lists(inner, min_size=1, max_size=3).map(tuple)
        | st.builds(Choice, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Operation, st.sampled_from("+-*/"), inner, inner)
        | st.builds(Call, names, _arguments(inner))
    )


def _arguments(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[tuple[Argument, ...]]:
    return st.lists(st.builds(Argument, st.none() | names, inner), max_size=3).map(tuple)


values: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | numbers | texts | st.builds(Name, words) | st.builds(Variable, names),
    _deeper,
    max_leaves=5,
)
_settings = st.recursive(
    st.builds(Setting, names, values),
    lambda inner: st.builds(Setting, names, st.builds(Group, st.lists(inner, max_size=2).map(tuple))),
    max_leaves=3,
)
_statements = st.recursive(
    st.builds(Layer, names, _arguments(values), st.none(), st.none() | texts, st.integers(1, 9)),
    lambda inner: (
        st.builds(Branch, names, st.lists(inner, max_size=2).map(tuple), st.integers(1, 3))
        | st.builds(Layer, names, _arguments(values), st.lists(inner, max_size=2).map(tuple), st.none() | texts)
    ),
    max_leaves=4,
)
_body = st.lists(_statements, max_size=3).map(tuple)
programs = st.lists(
    st.builds(Define, names, st.lists(names, max_size=3, unique=True).map(tuple), _body)
    | st.builds(Network, names, _body, st.lists(_settings, max_size=3, unique_by=lambda one: one.name).map(tuple))
    | st.builds(Research, st.none() | names, st.lists(_settings, max_size=2).map(tuple)),
    min_size=1,
    max_size=3,
).map(lambda items: Program(tuple(items)))


def spoilt(sources: list[str], seed: int, many: int) -> Iterator[str]:
    """Yield texts that were programs: cut, doubled, mixed, with characters and tokens put in, or of tokens alone."""
    chance = random.Random(seed)  # noqa: S311  # a draw that can be repeated
    words = sorted({word for text in sources for word in tokens(text).texts if word})
    words += ["9999999", "$x", "/*", '"', "'", "HPO(", "1e999", "\x00", "é"]
    for _ in range(many):
        yield chance.choice((_with_tokens, _with_characters, _cut, _doubled, _mixed, _of_tokens))(
            chance, sources, words
        )


def _with_tokens(chance: random.Random, sources: list[str], words: list[str]) -> str:
    text = chance.choice(sources)
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(text) + 1)
        text = text[:start] + chance.choice(words) + text[start + chance.randint(0, 8) :]
    return text


def _with_characters(chance: random.Random, sources: list[str], words: list[str]) -> str:
    text = chance.choice(sources)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text) + 1)
        text = text[:start] + chr(chance.randrange(1, 300)) + text[start:]
    return text


def _cut(chance: random.Random, sources: list[str], words: list[str]) -> str:
    text = chance.choice(sources)
    start, end = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
    return text[:start] + text[end:]


def _doubled(chance: random.Random, sources: list[str], words: list[str]) -> str:
    text = chance.choice(sources)
    start = chance.randrange(len(text) + 1)
    end = start + chance.randint(1, 300)
    return text[:end] + text[start:end] * chance.randint(1, 20) + text[end:]


def _mixed(chance: random.Random, sources: list[str], words: list[str]) -> str:
    one, other = chance.choice(sources), chance.choice(sources)
    return one[: chance.randrange(len(one) + 1)] + other[chance.randrange(len(other) + 1) :]


def _of_tokens(chance: random.Random, sources: list[str], words: list[str]) -> str:
    return " ".join(chance.choice(words) for _ in range(chance.randint(1, 200)))


_WRONG = (
    *("0", "-1", "1.5", "1e30", "9999999999", "None", "true", "()", "[]", "(1, 1, 1)", "[[1], []]", "$x", "$x / 0"),
    *('"relu"', '""', "Dense(2)", "Dense()", "LSTM(0)", "B()", "HPO(choice())", "HPO(choice(2, [3]))"),
)
_FIT = {"layer": "LSTM(2)", "activation": "relu", "function": '"x"', "rate": "0.5", "target_shape": "(2, -1)"}


def of_all_kinds(seed: int, many: int) -> Iterator[str]:
    """Yield small programs of any layers, some of their arguments wrong, in macros, in one another, and repeated."""
    chance = random.Random(seed)  # noqa: S311  # a draw that can be repeated
    for _ in range(many):
        wrong = chance.choice((0.0, 0.05, 0.5))
        shape = chance.choice(("(6, 4)", "(6,)", "(8, 8, 2)", "(None, None, 4)", "{ a: (6, 4) b: (6, 4) }"))
        body, layers = (" ".join(_any(chance, wrong) for _ in range(chance.randint(1, 2))) for _ in range(2))
        macro = f"define B{chance.choice(('', '(x)'))} {{ {body} }}"
        yield f"{macro}\nnetwork N {{ input: {shape} layers: {layers} {chance.choice(('', 'B', 'B B', 'B * 2'))} }}"


def _any(chance: random.Random, wrong: float, depth: int = 0) -> str:
    """Return a statement."""
    inner = " ".join(_any(chance, wrong, depth + 1) for _ in range(chance.randint(0, 2))) if depth < 3 else ""
    times = " * $x" if chance.random() < wrong / 4 else chance.choice(("", "", "", " * 2"))
    if chance.random() < 0.1:
        return f"{chance.choice('abc')}: {{ {inner} }}{times}"
    kind = chance.choice((*KINDS.values(), KINDS["TimeDistributed"], KINDS["Residual"], KINDS["Bidirectional"]))
    name = kind.signature.name if chance.random() > wrong / 2 else chance.choice(("Dens", "Attention", "B"))
    arguments = [
        f"{each.name}={chance.choice(_WRONG) if chance.random() < wrong else _FIT.get(each.name, '2')}"
        for each in kind.signature.parameters
        if (each.default is REQUIRED) == (chance.random() > wrong)
    ]
    body = f" {{ {inner} }}" if inner and (kind.holds or chance.random() < 0.2) else ""
    return f"{name}({', '.join(arguments)}){body}{times}"
