"""Diagnosis: what an exception of measured code is called."""


def described(error: BaseException) -> str:
    """Name an exception with the first line of what it says, without a full stop at its end."""
    return ": ".join([type(error).__name__, *str(error).strip().rstrip(".").splitlines()[:1]])
