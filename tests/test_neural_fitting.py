"""Fitting: what a text asks of its training is done, and comes to the same, in every library."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from library_process import Ask, process
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.fitting.plan import CROSS_ENTROPIES, plan, require_numbers
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.meaning.training import LOSSES, OPTIMIZERS
from swapbench_models.training.progress import Progress, Stop

# Each optimizer as it is by default, and with everything else than the default.
OPTIMIZER = {
    "sgd": ("SGD(0.1)", "SGD(0.1, momentum=0.9)", "SGD(0.1, momentum=0.9, nesterov=true, weight_decay=0.1)"),
    "adam": ("Adam()", "Adam(0.01, beta_1=0.5, beta_2=0.9, epsilon=0.1, amsgrad=true, weight_decay=0.1)"),
    "adamw": (
        "AdamW(0.01)",
        "AdamW(0.01, weight_decay=0.0)",
        "AdamW(0.01, epsilon=0.1, amsgrad=true, weight_decay=0.5)",
    ),
    "adamax": ("Adamax()", "Adamax(0.01, beta_1=0.5, beta_2=0.9, epsilon=0.1, weight_decay=0.1)"),
    "nadam": ("Nadam()", "Nadam(0.01, beta_1=0.5, beta_2=0.9, epsilon=0.1, weight_decay=0.1)"),
    "rmsprop": ("RMSprop()", "RMSprop(0.01, rho=0.5, epsilon=0.1, momentum=0.9, centered=true, weight_decay=0.1)"),
    "adagrad": ("Adagrad(0.1)", "Adagrad(0.1, epsilon=0.1, initial_accumulator_value=0.5, weight_decay=0.1)"),
    "adadelta": ("Adadelta(1.0)", "Adadelta(1.0, rho=0.5, epsilon=0.01, weight_decay=0.1)"),
}
LOSS = {
    **{name: (name,) for name in LOSSES},
    "huber": ("huber", "huber(delta=0.3)"),
    "cross_entropy": ("cross_entropy", "cross_entropy(label_smoothing=0.2)"),
    "categorical_cross_entropy": ("categorical_cross_entropy(label_smoothing=0.2)",),
    "binary_cross_entropy": ("binary_cross_entropy", "binary_cross_entropy(label_smoothing=0.2)"),
}
HEADS = ("softmax", "sigmoid", "relu", "tanh", "linear")
# Each with what only shows in a whole fit: batches of unlike size, what is kept apart, rates that fall, clipping.
TEXTS = {
    "a falling rate": 'Output(3, "softmax") optimizer: SGD(0.1, momentum=0.9) lr_schedule: CosineDecay(0.1, 20)',
    "a sum": 'Output(3, "softmax") loss: mse(reduction="sum") optimizer: RMSprop(0.01, momentum=0.5)',
    "clipped": 'Output(3, "sigmoid") optimizer: Nadam(0.05, clipnorm=0.1)',
    "no head": "Dense(8, tanh) Output(3) loss: binary_cross_entropy optimizer: AdamW(0.05)",
    "next to still": 'Output(3, "softmax") optimizer: SGD(0.000000001)',
}
(SMALL,) = check(Source("network Small { input: (4) layers: Output(3, softmax) }"))


@pytest.fixture(scope="module")
def keras() -> Iterator[Ask]:
    """Yield what calls functions in one process that may import Keras, on JAX, and torch."""
    with process("torch", "keras", "jax", KERAS_BACKEND="jax") as ask:
        yield ask


def ended(patience: int | None, *losses: float) -> Stop:
    return replace(plan(SMALL), epochs=9, patience=patience).common.ended(Progress(list(losses)))


def test_training_ends_when_patience_does() -> None:
    assert ended(1) == ""
    assert ended(None, 1.0, 2.0, 3.0) == ""
    assert ended(2, 3.0, 2.0, 2.5) == ""
    assert ended(2, 3.0, 2.0, 2.5, 2.1) == "patience"


def test_training_that_leaves_the_numbers_says_in_which_epoch() -> None:
    with pytest.raises(NeuralError, match="The loss of epoch 2 is nan; lower the learning rate"):
        require_numbers(Progress([1.0, float("nan")], stopped="diverged"))
    with pytest.raises(NeuralError, match="The validation loss of epoch 1 is inf; lower the learning rate"):
        require_numbers(Progress([1.0], [float("inf")], stopped="diverged"))


@pytest.mark.parametrize(("examples", "sizes"), [(1, [1]), (5, [5]), (6, [4, 2]), (8, [4, 4]), (9, [4, 5])])
def test_no_batch_is_of_one_example_where_there_are_more(examples: int, sizes: list[int]) -> None:
    asked = replace(plan(SMALL), batch_size=4)
    batches = list(asked.epoch(examples, 0))
    assert [len(batch) for batch in batches] == sizes
    assert asked.steps_per_epoch(examples) == len(sizes)
    assert sorted(np.concatenate(batches)) == list(range(examples))
    assert {len(batch) for batch in replace(asked, batch_size=1).epoch(examples, 0)} == {1}


def test_what_is_kept_for_validation_is_drawn_and_nothing_of_it_is_trained_on() -> None:
    asked = replace(plan(SMALL), validation_split=1 / 3)
    trained, kept = asked.split(120)
    assert sorted([*trained, *kept]) == list(range(120))
    assert len(kept) == 40
    # Of three classes that stand one after the other, as those of scikit-learn's tables do.
    assert all(10 < np.count_nonzero(trained // 40 == number) < 40 for number in range(3))
    assert not (replace(asked, seed=1).split(120)[1] == kept).all()


@pytest.mark.long
def test_a_seed_drops_the_same_in_every_fit(keras: Ask) -> None:
    text = "network Small { input: (4) layers: Dense(16, relu) Dropout(0.5) Output(3, softmax) train { epochs: 2 } }"
    for backend in ("torch", "jax"):
        ((first, *_), (second, *_)) = keras("fitting_child:fitted", text, [backend, backend])
        assert first == second


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_goes_the_same_way_in_torch_as_in_keras(keras: Ask, name: str) -> None:
    for optimizer in OPTIMIZER[name]:
        ours, theirs = keras("fitting_child:moved", optimizer)
        assert np.allclose(ours, theirs, rtol=0, atol=2e-6), optimizer


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_the_same_in_torch_as_in_keras(keras: Ask, name: str, head: str) -> None:
    for loss in LOSS[name]:
        ours, theirs = keras("fitting_child:lost", head, 3, loss)
        assert np.allclose(ours, theirs, rtol=1e-5, atol=1e-6), loss
        assert ours.shape == (7,)
        assert ours.std() > 0
        if head == "sigmoid" and loss in CROSS_ENTROPIES:  # what predictions are, several sigmoids being shares
            assert np.allclose(ours, keras("fitting_child:told"), rtol=1e-4, atol=1e-5)
    if "cross" not in name or "binary" in name:
        ours, theirs = keras("fitting_child:lost", "linear" if head == "softmax" else head, 1, name)
        assert np.allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.long
def test_a_fit_comes_to_the_same_in_torch_and_keras() -> None:
    # What Keras computes with makes no other formula; TensorFlow is what most have.
    with process("torch", "tensorflow", KERAS_BACKEND="tensorflow") as ask:
        for name, asked in TEXTS.items():
            end = "train { epochs: 6 batch_size: 7 validation_split: 0.2 early_stopping: 2 }"
            text = f"network Small {{ input: (4) layers: {asked} {end} }}"
            (losses, kept, probable), theirs = ask("fitting_child:fitted", text, ["torch", "tensorflow"])
            assert losses == pytest.approx(theirs[0], rel=1e-4), name
            assert kept == pytest.approx(theirs[1], rel=1e-4), name
            assert np.allclose(probable, theirs[2], rtol=0, atol=1e-4), name
            assert (losses[-1] < 0.99 * losses[0]) == (name != "next to still")
