"""The networks compiled for TensorFlow. Importing this module computes nothing."""

from functools import partial

from swapbench_models.neural.backends.tensorflow import TensorFlowNetwork
from swapbench_models.neural.compiled.classifier import Compiled

simple_mlp = partial(Compiled, TensorFlowNetwork, "tensorflow", "simple_mlp")
cnn = partial(Compiled, TensorFlowNetwork, "tensorflow", "cnn")
deep_mlp = partial(Compiled, TensorFlowNetwork, "tensorflow", "deep_mlp")
transformer = partial(Compiled, TensorFlowNetwork, "tensorflow", "transformer")
recurrent = partial(Compiled, TensorFlowNetwork, "tensorflow", "recurrent")
