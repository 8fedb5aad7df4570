"""Values: from what the text says to what Python has, with arguments of macros and chosen hyper-parameters put in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from swapbench_models.neural.language.fault import Faulty, nearest
from swapbench_models.neural.language.tree import Argument, Call, Choice, Name, Operation, Value, Variable
from swapbench_models.neural.meaning.space import Dimension, declared
from swapbench_models.neural.meaning.work import Work

_LARGEST = 2**63
# The types of values in which nothing can be open.
PLAIN = frozenset({bool, int, float, str, type(None)})

# A value of the text without variables, operations and hyper-parameters; a list is what stood in brackets.
Plain = bool | int | float | str | None | tuple["Plain", ...] | list["Plain"] | Call


@dataclass(frozen=True, slots=True)
class Values:
    """Evaluates values of one text: `chosen` says which alternative each hyper-parameter takes, by its offset.

    What is not chosen takes its first alternative. Every hyper-parameter that is met is kept in `space`. `work` is that
    of the whole file.
    """

    chosen: Mapping[int, Value] = field(default_factory=dict)
    space: dict[int, Dimension] = field(default_factory=dict)
    work: Work = field(default_factory=Work)

    def plain(self, value: Value, variables: Mapping[str, Plain], what: str, at: int) -> Plain:
        """Return a value without anything left open; `what` names it in the space, `at` is where it stands."""
        if type(value) in PLAIN:
            return value  # type: ignore[return-value]
        match value:
            case Name(text):
                return text
            case Variable(name, at=place):
                if name not in variables:
                    known = nearest(name, variables) or (f"; known are {', '.join(variables)}" if variables else "")
                    raise Faulty(place, f"there is no argument ${name} here{known}")
                return variables[name]
            case Operation(operator, left, right):
                return _operate(
                    operator, self.plain(left, variables, what, at), self.plain(right, variables, what, at), at
                )
            case tuple():
                self.work.spend(at, len(value))
                return tuple(self.plain(each, variables, what, at) for each in value)
            case Choice(values):
                self.work.spend(at, len(values))
                return [self.plain(each, variables, what, at) for each in values]
            case Call() if is_open(value):
                return self.plain(self.choice(value, what), variables, what, value.at)
            case Call(name, arguments, at=place):
                self.work.spend(at, len(arguments))
                return Call(name, tuple(self._settled(arguments, variables, what)), at=place)
        return value

    def _settled(
        self, arguments: tuple[Argument, ...], variables: Mapping[str, Plain], what: str
    ) -> Iterator[Argument]:
        """Yield arguments of a call, with variables put in as what they stand for."""
        for argument in arguments:
            name = argument.name or what
            found = self.plain(argument.value, variables, name, argument.at)
            value: Value = Choice(tuple(found)) if isinstance(found, list) else found  # type: ignore[arg-type]
            yield Argument(argument.name, value, at=argument.at)

    def choice(self, call: Call, what: str) -> Value:
        """Return what an `HPO(...)` takes, in which others may stand."""
        dimension = self.space.get(call.at)
        if dimension is None:
            dimension = self.space[call.at] = declared(call, what)
        return self.chosen.get(call.at, dimension.first)


def is_open(value: Value) -> TypeGuard[Call]:
    """Return whether a value is an `HPO(...)`."""
    return isinstance(value, Call) and value.name.upper() == "HPO"


def _operate(operator: str, left: Plain, right: Plain, at: int) -> Plain:
    first, second = _number(left, operator, at), _number(right, operator, at)
    try:
        result = _result(operator, first, second)
    except ZeroDivisionError:
        raise Faulty(at, f"{first} / {second}: nothing is divided by 0") from None
    except OverflowError:
        raise Faulty(at, f"{first} {operator} {second} is too large") from None
    if abs(result) >= _LARGEST:
        raise Faulty(at, f"{first} {operator} {second} is too large; expected less than 2^63")
    return result


def _number(value: Plain, operator: str, at: int) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Faulty(at, f"{operator} takes two numbers, found {value!r}")
    return value


def _result(operator: str, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    # $filters / 4 is meant to be whole where it is.
    whole = isinstance(left, int) and isinstance(right, int) and not left % right
    return left // right if whole else left / right
