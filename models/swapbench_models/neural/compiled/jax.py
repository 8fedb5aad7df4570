"""The networks compiled for JAX. Importing this module computes nothing."""

from functools import partial

from swapbench_models.neural.backends.jax import JaxNetwork
from swapbench_models.neural.compiled.classifier import Compiled

simple_mlp = partial(Compiled, JaxNetwork, "jax", "simple_mlp")
cnn = partial(Compiled, JaxNetwork, "jax", "cnn")
deep_mlp = partial(Compiled, JaxNetwork, "jax", "deep_mlp")
transformer = partial(Compiled, JaxNetwork, "jax", "transformer")
recurrent = partial(Compiled, JaxNetwork, "jax", "recurrent")
