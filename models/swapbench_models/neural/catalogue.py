"""The catalogue: every model of the family, with the target of its factory for each backend."""

from swapbench_models.neural.architecture import ARCHITECTURES
from swapbench_models.neural.error import NeuralError

PROFILES = ("quick", "standard", "paper")

_SKLEARN = "swapbench_models.neural.sklearn_backend"
_TORCH = "swapbench_models.neural.torch_backend"
_TENSORFLOW = "swapbench_models.neural.tensorflow_backend"

MODELS = {
    "majority_class": {"sklearn": f"{_SKLEARN}:majority_class"},
    "logistic_regression": {"sklearn": f"{_SKLEARN}:logistic_regression"},
    "simple_mlp": {"torch": f"{_TORCH}:simple_mlp", "tensorflow": f"{_TENSORFLOW}:simple_mlp"},
    "cnn": {"torch": f"{_TORCH}:cnn", "tensorflow": f"{_TENSORFLOW}:cnn"},
    "deep_mlp": {"torch": f"{_TORCH}:deep_mlp", "tensorflow": f"{_TENSORFLOW}:deep_mlp"},
}


def parameters(model: str) -> dict[str, int]:
    """Return a model's number of trained parameters in each profile; profiles change its training, not its size.

    The majority class has 0: the shares that it predicts are counted, not trained.
    """
    return dict.fromkeys(PROFILES, ARCHITECTURES[model].count_parameters())


def target(model: str, backend: str) -> str:
    """Return the target of a factory; raises NeuralError that lists the known names for an unknown one."""
    if model not in MODELS:
        raise NeuralError(f"There is no model {model!r}; known are {', '.join(MODELS)}.")
    if backend not in MODELS[model]:
        raise NeuralError(f"There is no {model} for backend {backend!r}; known are {', '.join(MODELS[model])}.")
    return MODELS[model][backend]
