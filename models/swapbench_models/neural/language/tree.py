"""The syntax tree: what a text says, before anyone asks what it means.

Every node is frozen and knows the offset `at` which it begins; two nodes are equal when they say the same, wherever
they stand. A plain number, truth value, None, string or tuple of values stands for itself.
"""

from dataclasses import dataclass, field


def _offset() -> int:
    return field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Name:
    """A bare word, such as `relu`."""

    text: str
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Variable:
    """An argument of the macro in which it stands, `$filters`."""

    name: str
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Operation:
    """Two values and what is between them: one of `+ - * /`."""

    operator: str
    left: "Value"
    right: "Value"
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Choice:
    """Values in brackets: several of them, or one of them to be chosen, as their place has it."""

    values: tuple["Value", ...]
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Argument:
    """A value that is handed over, with the name it is given by or by its position."""

    name: str | None
    value: "Value"
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Call:
    """A name with arguments: `Adam(learning_rate=0.001)`, `HPO(choice(1, 2))`, a layer inside another's arguments."""

    name: str
    arguments: tuple[Argument, ...]
    at: int = _offset()


Value = bool | int | float | str | None | tuple["Value", ...] | Name | Variable | Operation | Choice | Call


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer or the use of a macro, with what stands in its braces, on a device, so many times."""

    name: str
    arguments: tuple[Argument, ...] = ()
    body: tuple["Layer | Branch", ...] | None = None
    device: str | None = None
    times: "Value" = 1
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Branch:
    """Layers under a name, beside their neighbours instead of after them."""

    name: str
    body: tuple["Layer | Branch", ...]
    times: "Value" = 1
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Setting:
    """A named value, or a named group of settings in braces."""

    name: str
    value: "Value | Group"
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Group:
    """Settings in braces."""

    settings: tuple[Setting, ...]
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Define:
    """A macro: layers under a name, with the names of its arguments."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Layer | Branch, ...]
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Network:
    """A network: its layers and everything else that is said of it."""

    name: str
    layers: tuple[Layer | Branch, ...]
    settings: tuple[Setting, ...]
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Research:
    """What is noted of a piece of research: its metrics and references."""

    name: str | None
    settings: tuple[Setting, ...]
    at: int = _offset()


@dataclass(frozen=True, slots=True)
class Program:
    """All that one file says."""

    items: tuple[Define | Network | Research, ...]
