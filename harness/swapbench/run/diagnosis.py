"""Diagnosis: what an exception of measured code is called, and whether it means that memory ran out."""

import re

_OUT_OF_MEMORY = re.compile(r"\bout of memory\b|can't allocate memory|bad_alloc|\bOOM when allocating\b", re.IGNORECASE)


def told(error: BaseException) -> str:
    """Name an exception with the first line of what it says, without a full stop at its end."""
    return ": ".join([type(error).__name__, *str(error).strip().rstrip(".").splitlines()[:1]])


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception is Python's or a numeric library's word that memory ran out."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"MemoryError", "OutOfMemoryError", "ResourceExhaustedError"}:
        return True
    return isinstance(error, RuntimeError) and bool(_OUT_OF_MEMORY.search(str(error)))
