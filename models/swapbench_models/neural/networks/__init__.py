"""The family's networks, each a text of the language: the one description that native code and compiled code share."""

from functools import cache
from importlib import resources

from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.network.network import Network


def text(model: str) -> Source:
    """Return a model's text in the language."""
    file = f"{model}.neural"
    return Source(resources.files(__name__).joinpath(file).read_text("utf-8"), file)


@cache
def network(model: str) -> Network:
    """Return a model's network, with all shapes known."""
    (checked,) = check(text(model))
    return checked.network
