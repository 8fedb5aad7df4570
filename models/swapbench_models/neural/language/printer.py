"""The printer: from syntax tree to text that parses to the same tree, in one style."""

from collections.abc import Iterable, Iterator

from swapbench_models.neural.language.parser import SECTIONS
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

_INDENT = "  "
_STRONG = frozenset("*/")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"})


def show(program: Program) -> str:
    """Return the text of a program: two spaces a level, one statement a line, a blank line between items."""
    return "\n".join("".join(f"{line}\n" for line in _item(item)) for item in program.items)


def show_value(value: Value) -> str:  # noqa: C901  # one case a kind of value
    """Return the text of one value."""
    match value:
        case None:
            return "None"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return f'"{value.translate(_ESCAPES)}"'
        case tuple():
            return f"({', '.join(map(show_value, value))}{',' if len(value) == 1 else ''})"
        case Name(text):
            return text
        case Variable(name):
            return f"${name}"
        case Choice(values):
            return f"[{', '.join(map(show_value, values))}]"
        case Call(name, arguments):
            return f"{name}({_arguments(arguments)})"
        case Operation(operator, left, right):
            return f"{_operand(left, operator)} {operator} {_operand(right, operator, right=True)}"


def _operand(value: Value, operator: str, right: bool = False) -> str:
    """Return a side of an operation, in parentheses where it would otherwise be read otherwise."""
    text = show_value(value)
    if not isinstance(value, Operation):
        return text
    weaker = operator in _STRONG and value.operator not in _STRONG
    as_weak = (operator in _STRONG) == (value.operator in _STRONG)
    return f"({text})" if weaker or (right and as_weak) else text


def _arguments(arguments: Iterable[Argument]) -> str:
    return ", ".join(
        show_value(argument.value) if argument.name is None else f"{argument.name}={show_value(argument.value)}"
        for argument in arguments
    )


def _item(item: Define | Network | Research) -> Iterator[str]:
    match item:
        case Define(name, parameters, body):
            yield f"define {name}({', '.join(parameters)}) {{" if parameters else f"define {name} {{"
            yield from _indented(_statements(body))
        case Network(name, layers, settings):
            yield f"network {name} {{"
            # A group that is no section would be read as a layer with braces, did it come after layers.
            first = [one.name == "input" or _is_group_of_no_section(one) for one in settings]
            before = len(settings) - first[::-1].index(True) if True in first else 0
            yield from _indented(_settings(settings[:before]))
            yield f"{_INDENT}layers:"
            yield from _indented(_indented(_statements(layers)))
            yield from _indented(_settings(settings[before:]))
        case Research(name, settings):
            yield f"research {name} {{" if name else "research {"
            yield from _indented(_settings(settings))
    yield "}"


def _is_group_of_no_section(setting: Setting) -> bool:
    return isinstance(setting.value, Group) and setting.name not in SECTIONS


def _statements(layers: Iterable[Layer | Branch]) -> Iterator[str]:
    for layer in layers:
        match layer:
            case Branch(name, body, times):
                yield from _block(f"{name}:", body, _times(times))
            case Layer(name, arguments, body, device, times):
                at = f" @ {show_value(device)}" if device is not None else ""
                head = f"{name}({_arguments(arguments)}){at}"
                if body is None:
                    yield head + _times(times)
                else:
                    yield from _block(head, body, _times(times))


def _block(head: str, body: Iterable[Layer | Branch], tail: str) -> Iterator[str]:
    yield f"{head} {{"
    yield from _indented(_statements(body))
    yield f"}}{tail}"


def _times(times: Value) -> str:
    if times == 1 and not isinstance(times, bool):
        return ""
    text = show_value(times)
    return f" * ({text})" if isinstance(times, Operation) else f" * {text}"


def _settings(settings: Iterable[Setting]) -> Iterator[str]:
    for setting in settings:
        if isinstance(setting.value, Group):
            yield f"{setting.name} {{"
            yield from _indented(_settings(setting.value.settings))
            yield "}"
        else:
            yield f"{setting.name}: {_setting_value(setting)}"


def _setting_value(setting: Setting) -> str:
    return show_value(setting.value)  # type: ignore[arg-type]  # a group has been told apart


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"{_INDENT}{line}" for line in lines)
