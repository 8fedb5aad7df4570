"""What only a numeric library knows to be wrong, such as memory that is not there, told in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from swapbench_models.neural.error import NeuralError

_ERRORS = (ArithmeticError, LookupError, MemoryError, RuntimeError, ValueError)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Raise NeuralError, `what` and the first line of the library's message, for an error of a library."""
    try:
        yield
    except NeuralError:
        raise
    except Exception as error:
        # TensorFlow's errors are of no common kind but their own.
        if not isinstance(error, _ERRORS) and type(error).__module__.partition(".")[0] != "tensorflow":
            raise
        message = str(error).strip().partition("\n")[0] or type(error).__name__
        raise NeuralError(f"{what}: {message}") from error
