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

# Draws at random, of which one has to make a network: a check shall take no longer than that.
_DRAWS = 50


def blamed(source: Source, options: Options | None = None) -> Iterator[Fault]:
    """Yield each first choice that does not fit, with one that does; none where no draw makes a network."""
    try:
        choices = Choices(source, options=options)
    except LanguageError:  # it is none whatever is chosen
        return
    found = _drawn(choices)
    for at in tuple(found):  # what is left out takes its first choice, and is not to blame if that does not matter
        fewer = {other: value for other, value in found.items() if other != at}
        if not choices.examined(fewer)[1]:
            found = fewer
    together = ", if the others that are named change too" if len(found) > 1 else ""
    networks, _ = choices.examined(found)
    for dimension in chain.from_iterable(one.space for one in networks):
        if dimension.at in found:
            told = f"{dimension.name} takes {show_value(dimension.first)}, {dimension.which}, which does not fit"
            fits = show_value(found[dimension.at])
            yield Fault(dimension.at, f"{told}; {fits} does{together}: search, or --hpo, tries them")


def _drawn(choices: Choices) -> Chosen:
    """Return a choice of everything that makes a network, or nothing."""
    chance = random.Random(0)  # noqa: S311  # a draw that can be repeated
    for _ in range(_DRAWS):
        chosen, checked = choices.complete(lambda dimension: draw(dimension, chance))
        if checked is not None:
            return chosen
    return {}
