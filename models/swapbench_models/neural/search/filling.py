"""Filling: a text whose hyper-parameters are chosen, as a text that leaves nothing open."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from swapbench_models.neural.language.parser import parse, parse_value
from swapbench_models.neural.language.printer import show
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Call, Choice, Setting
from swapbench_models.neural.search.choices import Chosen

# Settings whose string is a call in quotes, in which there may be something to choose.
_QUOTED = ("loss", "optimizer", "lr_schedule")


def filled(source: Source, chosen: Chosen) -> str:
    """Return the text with each choice in place of what it was chosen from, printed in the language's one style."""
    return show(_filled(parse(source), source, chosen))


def _filled(node: Any, source: Source, chosen: Chosen) -> Any:
    if isinstance(node, Call | Choice) and node.at in chosen:
        return _filled(chosen[node.at], source, chosen)  # one choice may stand in another
    if isinstance(node, Setting) and node.name in _QUOTED and isinstance(node.value, str):
        node = replace(node, value=parse_value(source, node.value, node.at))
    if isinstance(node, tuple):
        return tuple(_filled(each, source, chosen) for each in node)
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{each.name: _filled(getattr(node, each.name), source, chosen) for each in fields(node)})
    return node
