"""Work: how much of a file has been laid out and computed, of which macros and repetitions could ask for any amount."""

from swapbench_models.neural.language.fault import Faulty

# As many values as a file's longest text has words, four times over.
MOST = 1 << 17
# In values, what it takes to lay out a statement.
STATEMENT = 8


class Work:
    """What is left of it, in values; one for all networks of a file."""

    def __init__(self) -> None:
        self._left = MOST

    def spend(self, at: int, values: int) -> None:
        """Note that so many values are computed, or what takes as long; raises Faulty where that is too much."""
        self._left -= values
        if self._left < 0:
            raise Faulty(at, f"macros and repetitions make more than {MOST:,} values of this file; make fewer")
