"""Errors of this family, each a sentence that says what to do."""


class FingerprintError(ValueError):
    """Something was asked for that cannot be done; the message is for the one who asked."""


class DataError(FingerprintError):
    """Rows, a file or a message do not hold what they must; the text names it, what was expected and what to do."""


class StoreError(FingerprintError):
    """The store of models does not answer, or does not take what it is given; the text names it and says why."""


class ModelError(FingerprintError):
    """One model cannot be used: its files are damaged or gone, or it never learned anything; the text names it and says
    why. Other models may be fine."""
