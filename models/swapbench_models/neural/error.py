"""Errors of this family, each a sentence that says what to do."""

from swapbench_models.error import FamilyError


class NeuralError(FamilyError):
    """Something was asked for that cannot be done; the message is for the one who asked."""


class DataError(NeuralError):
    """A file is missing, or does not hold what it must; the message names it, what was expected and what to do."""
