"""Users: one frame split into one for each of them, and one for all."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from models.fingerprint.error import FingerprintError

GENERIC = "generic_user"


@dataclass(frozen=True)
class Splitter:
    """Splits by `column` after dropping users to `skip` and, where some are named, all but those to keep (`only`).

    `generic` yields the rows of all under the name `fallback`, `individual` those of each. Raises FingerprintError when
    a user is both skipped and asked for.
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
        """Yield names and rows, in order of the names; rows keep their order. Raises FingerprintError when a real user
        has the name of the fallback."""
        kept = self._kept(frame)
        if self.generic and self.individual and (kept[self.column] == self.fallback).any():
            raise FingerprintError(f"A user is called {self.fallback}, which stands for all; choose another fallback.")
        parts = {str(key[0]): rows for key, rows in kept.partition_by(self.column, as_dict=True).items()}
        made = {**(parts if self.individual else {}), **({self.fallback: kept} if self.generic and len(kept) else {})}
        yield from sorted(made.items())

    def _kept(self, frame: pl.DataFrame) -> pl.DataFrame:
        kept = frame.filter(~pl.col(self.column).is_in(self.skip)) if self.skip else frame
        return kept.filter(pl.col(self.column).is_in(self.only)) if self.only else kept
