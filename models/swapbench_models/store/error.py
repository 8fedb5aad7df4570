"""Errors of the store, each a sentence that says what to do."""

from swapbench_models.error import FamilyError


class StoreError(FamilyError):
    """The store of models does not answer, or does not take what it is given; the text names it and says why."""


class ModelError(FamilyError):
    """One model cannot be used: its files are damaged or gone, or it never learned anything; the text names it and says
    why. Other models may be fine."""


class TemplateError(FamilyError):
    """A template of names cannot be filled in; the text says what it may name."""
