"""A place in a module of torch: the layer that is written there, what it is made of, and what it needs around it."""

from dataclasses import dataclass, field

from swapbench_models.neural.generate.statements import called, fits, listed, wrapped
from swapbench_models.neural.generate.torch_devices import Devices
from swapbench_models.neural.network.layer import Shape

_MARGIN = 8  # of what stands in a method


@dataclass(slots=True)
class Module:
    """What has been written of a module so far: lines that make its layers, lines of `forward`, and its helpers."""

    devices: Devices
    made: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    helpers: dict[str, str] = field(default_factory=dict)

    def uses(self, word: str) -> bool:
        """Return whether a word, such as `torch.`, stands anywhere in it."""
        return any(word in text for text in (*self.made, *self.done, *self.helpers.values()))


@dataclass(frozen=True, slots=True)
class Place:
    """Where one layer goes: under which name, for inputs of which shapes and names, their channels first or last."""

    module: Module
    name: str
    shapes: tuple[Shape, ...]
    taken: tuple[str, ...]
    first: bool

    def put(self, made: str) -> str:
        """Have `__init__` make a module under this name, and return what `forward` calls it."""
        self.module.made.append(wrapped(f"self.{self.name} = {self.module.devices.made(made)}", _MARGIN))
        return f"self.{self.name}"

    def also(self, statement: str) -> None:
        """Have `__init__` do something more."""
        self.module.made.append(statement)

    def keep(self, made: str) -> str:
        """Have `__init__` keep a constant under this name, and return what `forward` calls it."""
        arguments = (f'"{self.name}"', self.module.devices.made(made), "persistent=False")
        self.module.made.append(called("self.register_buffer", arguments, _MARGIN))
        return f"self.{self.name}"

    def help(self, name: str, text: str) -> str:
        """Have a helper stand before the module, and return its name."""
        self.module.helpers[name] = text
        return name

    def several(self) -> str:
        """Return the inputs as a tuple, under a name of its own where it is long."""
        joined = f"({', '.join(self.taken)})"
        if fits(joined, 40):
            return joined
        self.module.done.append(listed("values = ", self.taken, _MARGIN, "()"))
        return "values"
