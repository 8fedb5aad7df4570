"""A signature: the parameters of a layer, an optimizer, a loss or a schedule, and the binding of arguments to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swapbench_models.neural.language.fault import Faults, nearest
from swapbench_models.neural.language.tree import Argument
from swapbench_models.neural.meaning.converters import Converter, Unfit
from swapbench_models.neural.meaning.values import PLAIN, Plain, Values


class _Required:
    """Stands for the default of a parameter that must be given."""


REQUIRED: Any = _Required()


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an argument is called (`aliases`: what else), what it is converted to, and what it is if not given."""

    name: str
    convert: Converter
    default: Any = REQUIRED
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signature:
    """The parameters of one name, in the order in which arguments without names are bound to them."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    _by_name: dict[str, Parameter] = field(init=False, default_factory=dict, repr=False, compare=False)
    defaults: dict[str, Any] = field(init=False, default_factory=dict, repr=False, compare=False)
    _required: list[str] = field(init=False, default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        for parameter in self.parameters:
            self._by_name.update(dict.fromkeys((parameter.name, *parameter.aliases), parameter))
            self.defaults[parameter.name] = parameter.default
            if parameter.default is REQUIRED:
                self._required.append(parameter.name)

    def bind(
        self,
        arguments: Sequence[Argument],
        at: int,
        values: Values,
        variables: Mapping[str, Plain],
        faults: Faults,
    ) -> dict[str, Any] | None:
        """Return the value of every parameter; None where something is wrong, which is added to `faults`."""
        before = faults.noted
        values.work.spend(at, len(arguments))
        bound = dict(self.defaults)
        given: set[str] = set()
        for position, argument in enumerate(arguments):
            parameter = self._parameter(argument, position, given, faults)
            if parameter is None:
                continue
            given.add(parameter.name)
            value = argument.value
            if type(value) not in PLAIN:
                value = values.plain(value, variables, f"{self.name} {parameter.name}", argument.at)  # type: ignore[assignment]
            try:
                bound[parameter.name] = parameter.convert(value)  # type: ignore[arg-type]
            except Unfit as error:
                faults.add(argument.at, f"{self.name} {parameter.name} {error}, found {_told(value)}{error.near}")
        for name in self._required:
            if name not in given:
                faults.add(at, f"{self.name} requires {name}")
        return bound if faults.noted == before else None

    def _parameter(self, argument: Argument, position: int, given: set[str], faults: Faults) -> Parameter | None:
        if argument.name is None:
            if position < len(self.parameters):
                found = self.parameters[position]
            else:
                takes = f"takes {len(self.parameters)}" if self.parameters else "takes none"
                faults.add(argument.at, f"{self.name} is given argument {position + 1} and {takes}")
                return None
        elif argument.name in self._by_name:
            found = self._by_name[argument.name]
        else:
            near = nearest(argument.name, self._by_name) or self._takes()
            faults.add(argument.at, f"{self.name} has no argument {argument.name}{near}")
            return None
        if found.name in given:
            faults.add(argument.at, f"{self.name} is given {found.name} twice")
            return None
        return found

    def _takes(self) -> str:
        return f"; it takes {', '.join(p.name for p in self.parameters)}" if self.parameters else "; it takes none"


def _told(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
