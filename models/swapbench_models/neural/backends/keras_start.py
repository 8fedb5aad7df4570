"""Keras, begun alike everywhere: with the library that is asked for, and with its own defaults."""

import os
from importlib.util import find_spec
from typing import Any

from swapbench_models.neural.backends.hushed import hushed
from swapbench_models.neural.error import NeuralError

_VARIABLE = "KERAS_BACKEND"


def start(library: str | None = None) -> Any:
    """Return Keras, which computes with a library; None: with whatever it does.

    What it takes for an image, and how exactly it computes, is what its documentation says, whatever its user's
    keras.json does: a network means one thing. Raises NeuralError where Keras cannot start, or has
    with another library.
    """
    if library is not None:
        os.environ.setdefault(_VARIABLE, library)  # read when Keras is imported
    usual = library or "tensorflow"
    for needed in filter(None, (library, "keras")):
        if find_spec(needed) is None:
            raise NeuralError(f'{needed} is not installed; pip install "swapbench[{usual}]" brings it.')
    try:
        with hushed():
            import keras
    except (ImportError, ValueError) as error:
        home = os.environ.get("KERAS_HOME", "~/.keras")
        read = f"{_VARIABLE}, which is {os.environ.get(_VARIABLE, '')!r}, and {home}/keras.json"
        raise NeuralError(f"Keras does not start ({error}); it reads {read}: mend what is wrong there.") from error
    found = keras.backend.backend()
    if library not in {None, found}:
        raise NeuralError(
            f"Keras computes with {found} in this process; set {_VARIABLE}={library} before anything imports it."
        )
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    return keras
