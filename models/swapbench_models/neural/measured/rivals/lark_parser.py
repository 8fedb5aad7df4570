"""The language read by a parser that lark makes of its grammar: the same tree as the parser written by hand builds."""

import re
from importlib import resources
from typing import Any

from lark import Lark, Token, Transformer, v_args

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

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "none": None}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}

Placed = tuple[Value, int]  # a value with the offset at which it begins
Statement = Layer | Branch


def create() -> Lark:
    """Return the parser, with all of its tables made; `parse(text)` returns a Program, or raises what lark raises."""
    grammar = resources.files(__package__).joinpath("language.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", start="program", maybe_placeholders=False, transformer=_Tree())


@v_args(inline=True)
class _Tree(Transformer[Token, Program]):
    """Makes each rule's part of the tree, as soon as all of it was read."""

    def program(self, *items: Define | Network | Research) -> Program:
        return Program(items)

    def network(self, keyword: Token, name: Token, *parts: Setting | Statement | Token) -> Network:
        layers = tuple(part for part in parts if isinstance(part, Layer | Branch))
        settings = tuple(part for part in parts if isinstance(part, Setting))
        return Network(name.value, layers, settings, at=_at(keyword))

    def define(self, keyword: Token, name: Token, *parts: tuple[Any, ...]) -> Define:
        *parameters, (_, body) = parts
        return Define(name.value, parameters[0] if parameters else (), body, at=_at(keyword))

    def parameters(self, *names: Token) -> tuple[str, ...]:
        return tuple(name.value for name in names)

    def research(self, keyword: Token, *parts: Any) -> Research:
        *name, group = parts
        return Research(name[0].value if name else None, group.settings, at=_at(keyword))

    # Layers, whose parts bear the mark that begins them

    def layer(self, name: Token, *parts: tuple[str, Any]) -> Layer:
        given = dict(parts)
        if len(given) < len(parts):
            raise ValueError(f"{name} has a part twice")
        return Layer(name.value, given.get("(", ()), given.get("{"), given.get("@"), given.get("*", 1), at=_at(name))

    def branch(self, name: Token, *parts: tuple[str, Any]) -> Branch:
        given = dict(parts)
        return Branch(name.value, given["{"], given.get("*", 1), at=_at(name))

    def block(self, *statements: Statement) -> tuple[str, tuple[Statement, ...]]:
        return "{", statements

    def device(self, device: Token) -> tuple[str, str]:
        return "@", _unquoted(device)

    def times(self, value: Placed) -> tuple[str, Value]:
        return "*", value[0]

    def arguments(self, *arguments: Argument) -> tuple[str, tuple[Argument, ...]]:
        return "(", arguments

    def argument(self, *parts: Any) -> Argument:
        *name, (value, at) = parts
        return Argument(name[0].value, value, at=_at(name[0])) if name else Argument(None, value, at=at)

    # Settings

    def setting(self, name: Token, value: Placed | Group) -> Setting:
        return Setting(name.value, value if isinstance(value, Group) else value[0], at=_at(name))

    def inputs(self, name: Token, shapes: tuple[Value, ...]) -> Setting:
        value = shapes[0] if len(shapes) == 1 else Choice(shapes, at=_at(name))
        return Setting(name.value, value, at=_at(name))

    def shapes(self, *values: Placed) -> tuple[Value, ...]:
        return tuple(value for value, _ in values)

    def group(self, brace: Token, *settings: Setting) -> Group:
        return Group(settings, at=_at(brace))

    # Values, each with its offset

    def operation(self, left: Placed, operator: Token, right: Placed) -> Placed:
        return Operation(operator.value, left[0], right[0], at=left[1]), left[1]

    def number(self, number: Token) -> Placed:
        return _number(number), _at(number)

    def signed_number(self, sign: Token, number: Token) -> Placed:
        return -_number(number) if sign == "-" else _number(number), _at(sign)

    def signed(self, sign: Token, value: Placed) -> Placed:
        return Operation(sign.value, 0, value[0], at=_at(sign)), _at(sign)

    def string(self, text: Token) -> Placed:
        return _unquoted(text), _at(text)

    def word(self, word: Token) -> Placed:
        known = word.lower()
        return _WORDS[known] if known in _WORDS else Name(word.value, at=_at(word)), _at(word)

    def call(self, name: Token, arguments: tuple[str, tuple[Argument, ...]]) -> Placed:
        return Call(name.value, arguments[1], at=_at(name)), _at(name)

    def variable(self, mark: Token, name: Token) -> Placed:
        return Variable(name.value, at=_at(mark)), _at(mark)

    def choice(self, bracket: Token, *values: Placed) -> Placed:
        return Choice(tuple(value for value, _ in values), at=_at(bracket)), _at(bracket)

    def parenthesized(self, bracket: Token, value: Placed) -> Placed:
        return value[0], _at(bracket)

    def several(self, bracket: Token, *values: Placed) -> Placed:
        return tuple(value for value, _ in values), _at(bracket)


def _at(token: Token) -> int:
    return token.start_pos or 0


def _number(token: Token) -> int | float:
    return int(token) if token.isdigit() else float(token)


def _unquoted(token: Token) -> str:
    text = token.value[1:-1]
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text) if "\\" in text else text
