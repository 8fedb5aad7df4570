"""Backends: the numeric libraries that execute models, as plain values; what they do is their adapters' to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swapbench.base.error import SwapError
from swapbench.plan import declared
from swapbench.plan.name import checked
from swapbench.plan.target import absent, find

# The adapters of those that every suite knows by name.
BACKENDS: Mapping[str, str] = {
    "python": "swapbench.run.backends.adapter:Adapter",
    "sklearn": "swapbench.run.backends.sklearn:Sklearn",
    "torch": "swapbench.run.backends.torch:Torch",
    "tensorflow": "swapbench.run.backends.tensorflow:Tensorflow",
    "jax": "swapbench.run.backends.jax:Jax",
    "onnxruntime": "swapbench.run.backends.onnxruntime:Onnxruntime",
}


@dataclass(frozen=True)
class Backend:
    """A numeric library.

    `module` is what must be importable for it; `preload` are the modules a fork server imports once for all its
    children (those inside an installed library as far as its version has them); `distributions` are the installed
    packages whose versions determine the numbers;
    `install` is the command that brings the library; `environment` are variables set before its interpreter starts
    ({threads} stands for the thread count). `adapter` is the target of a class that knows more of it: how it is seeded,
    waited for, and so on; without one it is taken for a library that computes with NumPy. Raises SwapError for what
    cannot work.
    """

    name: str
    module: str
    preload: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    install: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    adapter: str = ""

    def __post_init__(self) -> None:
        owner = f"backend {checked('backend', self.name)}"
        declared.module(owner, "module", self.module)
        declared.text(owner, "install", self.install)
        if self.adapter:
            declared.target(f"{owner}, adapter", self.adapter)
        for name, accepted in (("preload", declared.module), ("distributions", declared.text)):
            listed = declared.listed(owner, name, getattr(self, name), "('torch',)")
            object.__setattr__(self, name, tuple(accepted(owner, name, one) for one in listed))
        for pair in declared.listed(owner, "environment", self.environment, "(('OMP_DYNAMIC', 'FALSE'),)"):
            _, value = declared.variable(owner, "environment", pair)
            try:
                value.format(threads=1)
            except (LookupError, ValueError) as error:
                raise SwapError(f"{owner}: environment: {pair!r}: {{threads}} is all that may stand in it.") from error
        # A backend is known by all that it declares, so whatever kind of lists it was given, it can be looked up.
        object.__setattr__(self, "environment", tuple((name, value) for name, value in self.environment))

    @property
    def missing(self) -> str | None:
        """Say that the library is absent and how to install it, or None when it is there; imports nothing."""
        if find(self.module) is not None:
            return None
        return f"{self.module} is not installed" + (f"; {self.install} brings it" if self.install else "")

    def check(self, owner: str) -> None:
        """Raise SwapError, which names the owner, for a module that is to be preloaded and is not there, although the
        library is; imports nothing."""
        for module in self.preload if self.missing is None else ():
            if absent(module):
                raise SwapError(
                    f"{owner}: preload names {module!r}, and there is no such module; correct or remove it."
                )

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Backend":
        """Read what dataclasses.asdict gave, from JSON too."""
        pairs = tuple((name, value) for name, value in values["environment"])
        lists = {name: tuple(values[name]) for name in ("preload", "distributions")}
        return cls(**{**values, **lists, "environment": pairs})
