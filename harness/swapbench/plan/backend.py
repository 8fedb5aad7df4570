"""Backends: the numeric libraries that execute models, what a child needs of each and how a user gets it."""

from dataclasses import dataclass
from typing import Any

from swapbench.plan import declared
from swapbench.plan.error import SwapError
from swapbench.plan.name import checked
from swapbench.plan.target import find


@dataclass(frozen=True)
class Backend:
    """A numeric library.

    `module` is what must be importable for it; `preload` are the modules a fork server imports once for all its
    children, as far as they exist; `distributions` are the installed packages whose versions determine the numbers;
    `install` is the command that brings the library; `environment` are variables set before its interpreter starts
    ({threads} stands for the thread count). Raises SwapError for what cannot work.
    """

    name: str
    module: str
    preload: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    install: str = ""
    environment: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        owner = f"backend {checked('backend', self.name)}"
        declared.text(owner, "module", self.module)
        declared.text(owner, "install", self.install)
        for name in ("preload", "distributions"):
            listed = declared.listed(owner, name, getattr(self, name), "('torch',)")
            object.__setattr__(self, name, tuple(declared.text(owner, name, one) for one in listed))
        for pair in declared.listed(owner, "environment", self.environment, "(('TF_CPP_MIN_LOG_LEVEL', '3'),)"):
            if not isinstance(pair, tuple | list) or [type(part) for part in pair] != [str, str]:
                raise SwapError(f"{owner}: environment: {pair!r} is no pair of a variable's name and its value.")
        # A backend is known by all that it declares, so whatever kind of lists it was given, it can be looked up.
        object.__setattr__(self, "environment", tuple((name, value) for name, value in self.environment))

    @property
    def missing(self) -> str | None:
        """Say that the library is absent and how to install it, or None when it is there; imports nothing."""
        if find(self.module) is not None:
            return None
        return f"{self.module} is not installed" + (f"; {self.install} brings it" if self.install else "")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Backend":
        """Read what dataclasses.asdict gave, from JSON too."""
        pairs = tuple((name, value) for name, value in values["environment"])
        lists = {name: tuple(values[name]) for name in ("preload", "distributions")}
        return cls(**{**values, **lists, "environment": pairs})


_NUMPY = ("numpy", "scipy", "scikit-learn")

BACKENDS = {
    backend.name: backend
    for backend in (
        Backend("python", "numpy", ("numpy",), _NUMPY),
        Backend("sklearn", "sklearn", ("sklearn.metrics", "sklearn.model_selection"), _NUMPY),
        Backend(
            "torch",
            "torch",
            # The last one is what torch.use_deterministic_algorithms imports, for most of a second.
            ("torch", "torch.utils.flop_counter", "torch._inductor.config"),
            ("torch", *_NUMPY),
            'pip install "swapbench[torch]"',
        ),
        Backend(
            "tensorflow",
            "tensorflow",
            ("tensorflow",),
            ("tensorflow", "keras", *_NUMPY),
            'pip install "swapbench[tensorflow]"',
            (
                ("TF_CPP_MIN_LOG_LEVEL", "3"),
                ("TF_NUM_INTRAOP_THREADS", "{threads}"),
                ("TF_NUM_INTEROP_THREADS", "1"),
                ("KERAS_BACKEND", "tensorflow"),
            ),
        ),
        Backend("jax", "jax", ("jax",), ("jax", "jaxlib", *_NUMPY), 'pip install "swapbench[jax]"'),
    )
}
