"""Threads: how many compute, for whoever is asked to keep to so many."""

import os
import sys

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def keep_to_threads(many: int) -> None:
    """Have so many threads compute, which libraries learn as they are imported, and torch at any time."""
    os.environ.update(dict.fromkeys(VARIABLES, str(many)))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(many)
