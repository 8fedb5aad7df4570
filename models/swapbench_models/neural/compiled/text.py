"""Classifiers of any text, one factory a backend: `text` is what a file of the language says."""

from functools import partial

from swapbench_models.neural.text_classifier import TextClassifier

torch = partial(TextClassifier.of_text, "torch")
tensorflow = partial(TextClassifier.of_text, "tensorflow")
jax = partial(TextClassifier.of_text, "jax")
