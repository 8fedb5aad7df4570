"""Tally: what came in, what was dropped, what came out, and each failure in a sentence."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


def _unheard(_sentence: str) -> None:
    pass


@dataclass
class Tally:
    """Counts by name, and failures in the order they came in; `tell` is given each failure as it happens.

    A count of users counts each user once, however often something became of their rows.
    """

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    tell: Callable[[str], None] = _unheard
    _users: dict[str, set[str]] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def fail(self, what: str, sentence: str) -> None:
        """Count a failure and keep its sentence, once where it is the same as before."""
        self.counts[what] += 1
        self._keep(sentence)

    def user(self, what: str, user: str, failure: str = "") -> None:
        """Count a user, and keep the sentence of what failed where something did."""
        known = self._users.setdefault(what, set())
        known.add(user)
        self.counts[what] = len(known)
        if failure:
            self._keep(f"user {user}: {failure}")

    def lines(self) -> list[str]:
        """Return one line for each count that is not zero, then one for each failure."""
        return [*(f"{name}: {count:,}" for name, count in self.counts.items() if count), *self.failures]

    def _keep(self, sentence: str) -> None:
        # Names of files may hold bytes that are no text, which nothing could print.
        plain = sentence.encode(errors="backslashreplace").decode()
        if plain not in self._told:
            self._told.add(plain)
            self.failures.append(plain)
            self.tell(plain)
