"""The networks compiled for torch. Importing this module computes nothing."""

from functools import partial

from swapbench_models.neural.backends.torch import TorchNetwork
from swapbench_models.neural.compiled.classifier import Compiled

simple_mlp = partial(Compiled, TorchNetwork, "torch", "simple_mlp")
cnn = partial(Compiled, TorchNetwork, "torch", "cnn")
deep_mlp = partial(Compiled, TorchNetwork, "torch", "deep_mlp")
transformer = partial(Compiled, TorchNetwork, "torch", "transformer")
recurrent = partial(Compiled, TorchNetwork, "torch", "recurrent")
