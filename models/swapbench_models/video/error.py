"""Errors of this family, each a sentence that says what to do."""

from swapbench_models.error import FamilyError


class VideoError(FamilyError):
    """Something was asked for that cannot be done, or a file is no video; the message is for the one who asked."""
