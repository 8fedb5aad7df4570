"""Blame: which first choices keep a text from being a network that it would be with others."""

import random
from collections.abc import Iterator
from itertools import chain

from swapbench_models.neural.language.fault import Fault, LanguageError
from swapbench_models.neural.language.printer import show_value
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.search.choices import Choices, Chosen
from swapbench_models.neural.search.values import draw

# Draws at random, of which one has to make a network; and words that are looked at, a fifth of a second's. A check
# shall take no longer than that.
_DRAWS, _WORDS = 50, 200_000


def blamed(source: Source, options: Options | None = None) -> Iterator[Fault]:
    """Yield each first choice that does not fit, with one that does; none where no draw makes a network.

    Where that takes too long, what is yielded is only that there are others that fit.
    """
    try:
        choices = Choices(source, options=options)
    except LanguageError:  # it is none whatever is chosen
        return
    found, sure = _needed(choices, _drawn(choices))
    networks, _ = choices.examined(found)
    named = [each for each in chain.from_iterable(one.space for one in networks) if each.at in found]
    if named and not sure:
        told = f"others than the first of these {len(named):,} choices make a network, too many to say which do not fit"
        yield Fault(named[0].at, f"{told}: search, or --hpo, tries them")
        return
    together = ", if the others that are named change too" if len(found) > 1 else ""
    for each in named:
        told = f"{each.name} takes {show_value(each.first)}, {each.which}, which does not fit"
        fits = show_value(found[each.at])
        yield Fault(each.at, f"{told}; {fits} does{together}: search, or --hpo, tries them")


def _drawn(choices: Choices) -> Chosen:
    """Return a choice of everything that makes a network, or nothing."""
    chance = random.Random(0)  # noqa: S311  # a draw that can be repeated
    for _ in range(_DRAWS):
        chosen, checked = choices.complete(lambda dimension: draw(dimension, chance))
        if checked is not None:
            return chosen
        if choices.work > _WORDS:
            break
    return {}


def _needed(choices: Choices, found: Chosen) -> tuple[Chosen, bool]:
    """Return what of a choice has to be chosen, and whether none of it can be left out.

    What is left out takes its first choice. It is left out in halves, for of many choices few are to blame.
    """
    waiting = [tuple(found)]
    while waiting:
        group = waiting.pop()
        fewer = {at: value for at, value in found.items() if at not in group}
        if not choices.examined(fewer)[1]:
            found = fewer
        elif len(group) > 1:
            half = len(group) // 2
            waiting += [group[half:], group[:half]]
        if waiting and choices.work > _WORDS:
            return found, False
    return found, True
