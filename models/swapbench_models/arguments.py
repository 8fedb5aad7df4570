"""Arguments: what the commands of all families read alike."""

import argparse
from collections.abc import Callable

_LARGEST_SEED = 2**32 - 1


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads whole numbers from `least` on."""

    def whole(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} on, found {text!r}")
        return int(text)

    return whole


def seed(text: str) -> int:
    """Read a seed, which generators of numpy and scikit-learn take up to 2**32 - 1."""
    value = at_least(0)(text)
    if value > _LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"expected a whole number up to {_LARGEST_SEED}, found {text!r}")
    return value
