"""Errors of all families, and of what they share."""


class FamilyError(ValueError):
    """Something was asked for that cannot be done; the message is for the one who asked."""


def told(error: BaseException | None) -> str:
    """Return an error in one line: our own as they are, others with their class, for that may be all they say."""
    text = " ".join(str(error).split())
    return text if isinstance(error, FamilyError) else f"{type(error).__name__}: {text}".rstrip(": ")
