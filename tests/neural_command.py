"""What tests of the command of `neural` have done in a process that may import a backend: functions, and answers."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from swapbench_models.neural import trial
from swapbench_models.neural.command.main import main
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check

Ran = tuple[int, str, str]


def ran(*arguments: str | Path) -> Ran:
    """Return the status of the family's command, and what it said on stdout and stderr."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:  # of argparse
            status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


def gpus() -> int:
    """Return how many GPUs torch finds."""
    import torch

    return torch.cuda.device_count()


def seen(*arguments: str | Path) -> tuple[Ran, list[int]]:
    """Return the same, and how many examples each trial was given to train on and to score on."""
    found, run = [], trial.run

    def noting(classifier: Any, X: Any, *others: Any, **more: Any) -> Any:
        found.append(len(X))
        return run(classifier, X, *others, **more)

    trial.run = noting
    try:
        return ran(*arguments), found
    finally:
        trial.run = run


def fitted(*arguments: str | Path) -> tuple[Ran, list[Any]]:
    """Return the same, and what every classifier was given to fit."""
    from swapbench_models.neural.text_classifier import TextClassifier

    found, fit = [], TextClassifier.fit

    def noting(classifier: TextClassifier, X: Any, y: Any) -> TextClassifier:
        found.append(X)
        return fit(classifier, X, y)

    TextClassifier.fit = noting  # type: ignore[method-assign]  # which the end of this function takes back
    try:
        return ran(*arguments), found
    finally:
        TextClassifier.fit = fit  # type: ignore[method-assign]


def moved(text: str, folder: Path) -> tuple[dict[str, str], str, str]:
    """Return the devices of the weights of a network on cuda:0 and the processor, of its buffers, and of what it
    returns; `meta` stands for the GPU, which computes nothing but lets nothing else near it either."""
    import torch

    (checked,) = check(Source(text))
    source = generate(checked.network, "torch").replace("cuda:0", "meta")
    module = load(write(source, folder)).build_model()
    weights = {name.partition(".")[0]: each.device.type for name, each in module.named_parameters()}
    (buffer,) = {each.device.type for each in module.buffers()} or {""}
    shape = checked.network.inputs[0].shape
    return weights, buffer, module(torch.zeros(2, *(size or 1 for size in shape))).device.type


def virtual(backend: str, text: str) -> tuple[tuple[str, ...], dict[str, str], set[str]]:
    """Return where a network is, on one of two processors that a library is made to see: its devices, that of each
    layer's weights, and those on which TensorFlow multiplies matrices. It has been fitted by then."""
    if backend == "tensorflow":
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    from swapbench_models.neural.text_classifier import TextClassifier

    (checked,) = check(Source(text))
    classifier = TextClassifier(checked, backend, epochs=1)
    X = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    classifier.fit(X, (X[:, 0] > 0).astype(np.int64)).predict(X)
    executed: Any = classifier._executed
    weights = {each.path.partition("/")[0]: each.value for each in executed.model.trainable_variables}
    if backend == "jax":
        return classifier.placed.devices, {name: _only(each.devices()) for name, each in weights.items()}, set()
    graph = executed._infer.get_concrete_function().graph
    multiplied = {each.device.lower()[8:] for each in graph.get_operations() if each.type == "MatMul"}
    return classifier.placed.devices, {name: each.device.lower()[-5:] for name, each in weights.items()}, multiplied


def _only(devices: Any) -> str:
    (device,) = devices
    return f"{device.platform}:{device.id}"
