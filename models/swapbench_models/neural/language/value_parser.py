"""The parser of values: numbers, names, strings, calls, and what is computed of them."""

import math
from collections.abc import Callable

from swapbench_models.neural.language.cursor import DEEPEST, Cursor
from swapbench_models.neural.language.fault import Faulty
from swapbench_models.neural.language.tokens import NAME, NUMBER, STRING
from swapbench_models.neural.language.tree import Argument, Call, Choice, Name, Operation, Value, Variable

WORDS: dict[str, bool | None] = {"true": True, "false": False, "none": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_LARGEST_INTEGER = 2**63
_LONGEST_STRING = 4096
_MOST_DIGITS = len(str(_LARGEST_INTEGER))
_SUMS, _PRODUCTS = frozenset("+-"), frozenset("*/")


class ValueParser(Cursor):
    """Reads one value, or arguments; raises Faulty at what is none."""

    def value(self) -> Value:
        """value := term { ( "+" | "-" ) term }"""
        at = self._starts[self._next]
        value = self._term()
        return self._operations(at, value, self._term, _SUMS) if self._texts[self._next] in _SUMS else value

    def _term(self) -> Value:
        """term := primary { ( "*" | "/" ) primary }"""
        at = self._starts[self._next]
        value = self._primary()
        return self._operations(at, value, self._primary, _PRODUCTS) if self._texts[self._next] in _PRODUCTS else value

    def _operations(self, at: int, value: Value, operand: Callable[[], Value], operators: frozenset[str]) -> Value:
        """Return a first value and the operations that follow it, from left to right."""
        number = 0
        while self._texts[self._next] in operators:
            operator, number = self._texts[self._next], number + 1
            if number > DEEPEST:
                raise Faulty(at, f"has more than {DEEPEST} operations; expected a shorter value")
            self._advance()
            value = Operation(operator, value, operand(), at=at)
        return value

    def _primary(self) -> Value:
        """primary := NUMBER | STRING | NAME [ arguments ] | variable | "-" primary | tuple | list"""
        kind, text, at = self._kinds[self._next], self._texts[self._next], self._starts[self._next]
        if kind is NUMBER:
            return self._number(1)
        if kind is NAME:
            return self._word()
        if kind is STRING:
            return self._string()
        if text == "$":
            self._advance()
            return Variable(self._name("an argument's name after $"), at=at)
        if text in {"-", "+"}:
            return self._deeper(self._signed)
        if text == "(":
            return self._deeper(self._tuple)
        if text == "[":
            return Choice(self._deeper(lambda: self._values("]")), at=at)
        raise Faulty(at, f"expected a value, found {self._found()}")

    def _signed(self) -> Value:
        at = self._starts[self._next]
        sign = self._texts[self._next]
        self._advance()
        if self._kinds[self._next] is NUMBER:
            return self._number(-1 if sign == "-" else 1)
        return Operation(sign, 0, self._primary(), at=at)

    def _word(self) -> Value:
        at, text = self._starts[self._next], self._texts[self._next]
        self._advance()
        if self._texts[self._next] == "(":
            return Call(text, self._arguments(), at=at)
        return WORDS[text.lower()] if text.lower() in WORDS else Name(text, at=at)

    def _tuple(self) -> Value:
        """A value in parentheses is that value; several, or one with a comma behind it, are a tuple."""
        at = self._starts[self._next]
        values = self._values(")")
        if not values:
            raise Faulty(at, "expected a value between ( and )")
        return values[0] if len(values) == 1 and self._texts[self._next - 2] != "," else values

    def _values(self, closing: str) -> tuple[Value, ...]:
        """values := [ value { "," value } [ "," ] ]"""
        opening = self._advance()
        values: list[Value] = []
        while not self._took(closing):
            values.append(self.value())
            if not self._took(","):
                self._close(closing, opening)
                break
        return tuple(values)

    def _arguments(self) -> tuple[Argument, ...]:
        """arguments := "(" [ argument { "," argument } [ "," ] ] ")" """
        return self._deeper(self._argument_list)

    def _argument_list(self) -> tuple[Argument, ...]:
        opening = self._advance()
        arguments: list[Argument] = []
        while not self._took(")"):
            arguments.append(self._argument())
            if not self._took(","):
                self._close(")", opening)
                break
        return tuple(arguments)

    def _argument(self) -> Argument:
        """argument := [ NAME ( "=" | ":" ) ] value"""
        at = self._starts[self._next]
        if self._kinds[self._next] is NAME and self._texts[self._next + 1] in {"=", ":"}:
            name = self._texts[self._next]
            self._next += 2
            return Argument(name, self.value(), at=at)
        return Argument(None, self.value(), at=at)

    def _number(self, sign: int) -> int | float:
        text, at = self._texts[self._next], self._starts[self._next]
        self._advance()
        if text.isdigit():
            if len(text) > _MOST_DIGITS or int(text) >= _LARGEST_INTEGER:
                raise Faulty(at, "this number is too large; expected one below 2^63")
            return sign * int(text)
        number = sign * float(text)
        if math.isinf(number):
            raise Faulty(at, "this number is too large; expected one below 1.8e308")
        return number

    def _string(self) -> str:
        text = self._texts[self._next][1:-1]
        at = self._advance()
        if len(text) > _LONGEST_STRING:
            raise Faulty(at, f"this string is too long; expected at most {_LONGEST_STRING:,} characters")
        if "\\" not in text:
            return text
        parts = iter(text)
        return "".join(_escaped(next(parts, "")) if part == "\\" else part for part in parts)


def _escaped(character: str) -> str:
    return _ESCAPES.get(character, character)
