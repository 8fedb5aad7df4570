"""Errors of this family, each a sentence that says what to do."""

from swapbench_models.error import FamilyError


class FingerprintError(FamilyError):
    """Something was asked for that cannot be done; the message is for the one who asked."""


class DataError(FingerprintError):
    """Rows, a file or a message do not hold what they must; the text names it, what was expected and what to do."""
