"""Backends: the numeric libraries that execute models, what a child needs of each and how a user gets it."""

from dataclasses import dataclass

from harness.plan.target import find


@dataclass(frozen=True)
class Backend:
    """A numeric library.

    `preload` are the modules a fork server imports once for all its children; `distributions` are the installed
    packages whose versions determine the numbers; `install` is the command that brings the library;
    `environment` are variables set before its interpreter starts ({threads} stands for the thread count).
    """

    name: str
    preload: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    install: str = ""
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def missing(self) -> str | None:
        """Say which module is absent and how to install it, or None when all are there; imports nothing."""
        for module in self.preload:
            if find(module) is None:
                return f"{module.partition('.')[0]} is not installed; {self.install} brings it"
        return None


_SCORING = ("sklearn.metrics", "sklearn.model_selection")
_NUMPY = ("numpy", "scipy", "scikit-learn")

BACKENDS = {
    backend.name: backend
    for backend in (
        Backend("python", _SCORING, _NUMPY),
        Backend("sklearn", _SCORING, _NUMPY),
        Backend(
            "torch",
            ("torch", "torch.utils.flop_counter", *_SCORING),
            ("torch", *_NUMPY),
            'pip install "swapbench[torch]"',
        ),
        Backend(
            "tensorflow",
            ("tensorflow", *_SCORING),
            ("tensorflow", "keras", *_NUMPY),
            'pip install "swapbench[tensorflow]"',
            (
                ("TF_CPP_MIN_LOG_LEVEL", "3"),
                ("TF_NUM_INTRAOP_THREADS", "{threads}"),
                ("TF_NUM_INTEROP_THREADS", "1"),
                ("KERAS_BACKEND", "tensorflow"),
            ),
        ),
        Backend("jax", ("jax", *_SCORING), ("jax", "jaxlib", *_NUMPY), 'pip install "swapbench[jax]"'),
    )
}
