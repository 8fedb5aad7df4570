"""The catalogue: every model of the family, with the target of its factory for each backend and each variant."""

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.networks import network

PROFILES = ("quick", "standard", "paper")
# What the command trains on: digits and tables come with scikit-learn, mnist is read from files.
# The shape of one example of each data set.
DATASETS: dict[str, tuple[int, ...]] = {
    "digits": (28, 28, 1),
    "mnist": (28, 28, 1),
    "iris": (4,),
    "wine": (13,),
    "breast_cancer": (30,),
}

_HERE = "swapbench_models.neural"
NETWORKS = ("simple_mlp", "cnn", "deep_mlp", "transformer", "recurrent")
_COMPILED = ("torch", "tensorflow", "jax", "onnxruntime")

MODELS = {
    **{name: {"sklearn": f"{_HERE}.native.sklearn:{name}"} for name in ("majority_class", "logistic_regression")},
    **{name: {library: f"{_HERE}.native.{library}:{name}" for library in ("torch", "tensorflow")} for name in NETWORKS},
}
# Further ways of executing a model, by model, variant and backend.
VARIANTS = {
    name: {"compiled": {library: f"{_HERE}.compiled.{library}:{name}" for library in _COMPILED}} for name in NETWORKS
}


def parameters(model: str) -> dict[str, int]:
    """Return a model's number of trained parameters in each profile; profiles change its training, not its size.

    The majority class has 0: the shares that it predicts are counted, not trained.
    """
    return dict.fromkeys(PROFILES, 0 if model == "majority_class" else network(model).count_parameters())


def target(model: str, backend: str, variant: str = "") -> str:
    """Return the target of a factory; raises NeuralError that lists the known names for an unknown one."""
    if model not in MODELS:
        raise NeuralError(f"There is no model {model!r}; known are {', '.join(MODELS)}.")
    variants = VARIANTS.get(model, {})
    if variant and variant not in variants:
        raise NeuralError(f"There is no variant {variant!r} of {model}; known are {', '.join(variants) or 'none'}.")
    backends = variants[variant] if variant else MODELS[model]
    if backend not in backends:
        called = f"{model}, variant {variant}," if variant else model
        raise NeuralError(f"There is no {called} for backend {backend!r}; known are {', '.join(backends)}.")
    return backends[backend]
