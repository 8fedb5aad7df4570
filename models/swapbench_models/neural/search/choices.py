"""Choices: the hyper-parameters of a text, chosen one after another, and what of that makes no network.

What one choice opens, as `HPO(choice(3, HPO(range(4, 8))))` does, is chosen after it: the space of a text is known only
when nothing in it is left open.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.refusal import GenerationError
from swapbench_models.neural.language.fault import Fault, Faults, LanguageError
from swapbench_models.neural.language.parser import read_all
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Call, Choice, Operation, Value
from swapbench_models.neural.meaning.check import Checked, examine_read
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.meaning.space import Dimension

Chosen = Mapping[int, Value]

# What a step takes, in words of the text.
_STEP = 25


@dataclass(frozen=True, slots=True)
class Misfit:
    """A choice of everything that makes no network: what was chosen, by names, and the first thing that is wrong."""

    chosen: Mapping[str, Value]
    fault: Fault


class Choices:
    """All that may be chosen of a source, or of one of its networks, by name.

    `first` has the networks of the first choices, as far as these make any. `misfits` are the choices so far that made
    none, in their order; `work` is what looking at choices has taken so far, in words of the text. `ended` says why
    choices at random came to an end before they were as many as were asked for. `backend` is one that has to generate a
    network, if there is one. Raises LanguageError for what is wrong whatever is chosen.
    """

    def __init__(
        self, source: Source, network: str | None = None, options: Options | None = None, backend: str | None = None
    ) -> None:
        self.source, self.network, self.options, self._backend = source, network, options, backend
        self.misfits: dict[str, Misfit] = {}
        self.ended = ""
        self._read = read_all(source)
        self.first, self._faults = examine_read(self._read, options=options)
        if self._faults and (self._read.faults or not any(one.space for one in self.first)):
            raise LanguageError(source, self._faults)
        self.work = 0

    def examined(self, chosen: Chosen) -> tuple[Sequence[Checked], Faults]:
        """Return the networks that are asked for, as far as a choice makes any, and what is wrong with the text."""
        found, faults = examine_read(self._read, chosen, self.options) if chosen else (self.first, self._faults)
        self.work += self._read.words + _STEP * sum(len(one.network.steps) for one in found)
        return [one for one in found if self.network is None or one.network.name == self.network], faults

    def left(self, chosen: Chosen) -> tuple[list[Dimension], Checked | None]:
        """Return what can be chosen next, in any order; where nothing is left the network, None where there is none."""
        networks, faults = self.examined(chosen)
        space = [dimension for one in networks for dimension in one.space]
        # What is chosen next may go with what is chosen already better than its first alternative does.
        left = [dimension for dimension in space if dimension.at not in chosen]
        opened = {at for dimension in left for at in _within(dimension.alternatives)}
        left = [dimension for dimension in left if dimension.at not in opened]
        if left:
            return left, None
        fault = min(faults) if faults else self._refused(networks[0])
        if fault is None:
            return left, networks[0]
        told = named(self.source, space, chosen)
        self.misfits.setdefault(repr(told), Misfit(told, fault))
        return left, None

    def _refused(self, checked: Checked) -> Fault | None:
        """Return the first thing in a network that the backend does not do, if there is one."""
        if self._backend is None:
            return None
        try:
            generate(checked.network, self._backend)
        except GenerationError as error:
            part, reason = error.refused[0]
            return Fault(part.at, f"{part.label}: {reason}")
        return None

    def complete(self, choose: Callable[[Dimension], Value]) -> tuple[dict[int, Value], Checked | None]:
        """Return a choice of everything, and its network; None where it makes none."""
        chosen: dict[int, Value] = {}
        while True:
            left, checked = self.left(chosen)
            if not left:
                return chosen, checked
            chosen |= {dimension.at: choose(dimension) for dimension in left}

    def none(self, told: str) -> NeuralError:
        """Return the error of a search that has found no network: all that is wrong with the first choices, or what
        is `told` where they are in order."""
        if self._faults:
            return LanguageError(self.source, self._faults)
        first = next(iter(self.misfits.values()), None)
        why = "" if first is None else f"; the first one's: {first.fault.message}"
        return NeuralError(f"{self.source.name}: {told}{why}.")


def named(source: Source, space: Iterable[Dimension], chosen: Chosen) -> dict[str, Value]:
    """Return what was chosen by a name that people understand: `Dense units, line 7`."""
    told: dict[str, Value] = {}
    for dimension in space:
        line, column = source.place(dimension.at)
        name = f"{dimension.name}, line {line}"
        told[f"{name}, column {column}" if name in told else name] = chosen[dimension.at]
    return told


def _within(value: Value) -> Iterator[int]:
    """Yield where there may be something to choose in a value."""
    match value:
        case tuple():
            parts: Iterable[Value] = value
        case Choice(values):
            yield value.at
            parts = values
        case Call(_, arguments):
            yield value.at
            parts = (argument.value for argument in arguments)
        case Operation(_, left, right):
            parts = (left, right)
        case _:
            parts = ()
    for part in parts:
        yield from _within(part)
