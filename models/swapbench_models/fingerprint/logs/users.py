"""Users: one frame split into one for each of them, and one for all."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from swapbench_models.fingerprint.error import FingerprintError

GENERIC = "generic_user"
_PERSON = "~user"


def told_apart(user: str, fallback: str) -> str:
    """Return the name that a user's rows and model go by: their own, unless it is that of the fallback, which stands
    for all. Whoever is called so, or so with `~user` behind it, gets one more `~user`; no two users get one name."""
    taken = re.fullmatch(f"{re.escape(fallback)}({_PERSON})*", user)
    return user + _PERSON if taken else user


@dataclass(frozen=True)
class Splitter:
    """Splits by `column` after dropping users to `skip` and, where some are named, all but those to keep (`only`).

    `generic` yields the rows of all under the name `fallback`, `individual` those of each, under a name that is never
    the fallback's. Raises FingerprintError when a user is both skipped and asked for.
    """

    column: str = "username"
    generic: bool = False
    individual: bool = False
    skip: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    fallback: str = GENERIC

    def __post_init__(self) -> None:
        both = sorted(set(self.skip) & set(self.only))
        if both:
            raise FingerprintError(f"Users {', '.join(both)} are to be skipped and the only ones; choose.")

    def kept(self, frame: pl.DataFrame) -> int:
        """Return how many rows are of users that are neither skipped nor left out."""
        return len(self._kept(frame))

    def split(self, frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
        """Yield names and rows, in order of the names; rows keep their order, and their users' own names."""
        kept = self._kept(frame)
        made = {self.fallback: kept} if self.generic and len(kept) else {}
        if self.individual:
            for key, rows in kept.partition_by(self.column, as_dict=True).items():
                made[told_apart(str(key[0]), self.fallback)] = rows
        yield from sorted(made.items())

    def _kept(self, frame: pl.DataFrame) -> pl.DataFrame:
        kept = frame.filter(~pl.col(self.column).is_in(self.skip)) if self.skip else frame
        return kept.filter(pl.col(self.column).is_in(self.only)) if self.only else kept
