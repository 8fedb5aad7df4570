"""Winners: who is ahead in a table and whether that is shown, in one sentence to be repeated to somebody else."""

from collections.abc import Iterator, Sequence

from swapbench.judge.standing import Standing
from swapbench.show.comparison import Comparison

_NAMED = 3
_BEST = {"time": "fastest", "memory": "smallest", "score": "best"}


def sentence(comparison: Comparison) -> str | None:
    """Say which rows are shown to be ahead and in what, and of which rows that is open; None without a contest.

    What is open is told last: it is what somebody who repeats the sentence must not leave out.
    """
    contests = [standing for standing in comparison.standings if standing.leaders or standing.winner]
    told = [*_shown(contests), *_open(contests, len(comparison.rows)), *_unranked(comparison.standings)]
    where = " on ".join(filter(None, (comparison.suite, comparison.dataset)))
    return f"{where}: {'; '.join(told)}." if told else None


def _shown(contests: Sequence[Standing]) -> Iterator[str]:
    won: dict[str, list[Standing]] = {}
    for standing in contests:
        if standing.winner is not None:
            won.setdefault(standing.winner, []).append(standing)
    for row, own in won.items():
        yield f"{row} is {_joined(_honours(own), 'and')}"


def _open(contests: Sequence[Standing], rows: int) -> Iterator[str]:
    led: dict[frozenset[str], list[Standing]] = {}
    for standing in contests:
        if standing.leaders:
            led.setdefault(frozenset(standing.leaders), []).append(standing)
    for own in led.values():
        leaders = own[0].leaders
        which = "row" if _NAMED < len(leaders) == rows else f"of {_named(leaders)}"
        yield f"nothing shows which {which} is {_joined(_honours(own), 'or')}"


def _unranked(standings: Sequence[Standing]) -> Iterator[str]:
    """Name what took no part in a contest, which a table cannot say with a mark."""
    left: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for standing in standings:
        for why in dict.fromkeys(why for _, why in standing.unranked):
            rows = tuple(row for row, own in standing.unranked if own == why)
            what = standing.quantity if standing.kind == "score" else f"{standing.quantity} {standing.kind}"
            left.setdefault((rows, why), []).append(what)
    for (rows, why), quantities in left.items():
        where = "at all" if len(quantities) == len(standings) > 1 else f"in {_joined(quantities, 'and')}"
        yield f"not ranked {where}: {_named(rows)} ({why})"


def _honours(standings: Sequence[Standing]) -> list[str]:
    """Return such as 'fastest in fit and predict', 'best in accuracy'."""
    quantities: dict[str, list[str]] = {}
    for standing in standings:
        quantities.setdefault(_BEST[standing.kind], []).append(standing.quantity)
    return [f"{honour} in {_joined(own, 'and')}" for honour, own in quantities.items()]


def _named(rows: Sequence[str]) -> str:
    left = len(rows) - _NAMED
    return _joined([*rows[:_NAMED], f"{left} more"] if left > 0 else list(rows), "and")


def _joined(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]
