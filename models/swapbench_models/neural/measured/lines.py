"""Lines of code: how many lines say what a network is, whoever wrote it and in which language.

Counted alike: blank lines, comments and documentation say nothing, and training is not counted, for those who write a
network by hand say it elsewhere.
"""

import ast
import inspect
import io
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import replace
from textwrap import dedent
from types import ModuleType
from typing import Any

from swapbench_models.neural.language.parser import parse
from swapbench_models.neural.language.printer import show
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Network, Program

_SILENT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip


def lines_of_text(source: Source) -> int:
    """Return how many lines say what the networks of a text are, in the language's one style."""
    items = tuple(_untrained(item) if isinstance(item, Network) else item for item in parse(source).items)
    return sum(bool(line.strip()) for line in show(Program(items)).splitlines())


def _untrained(network: Network) -> Network:
    return replace(network, settings=tuple(setting for setting in network.settings if setting.name == "input"))


def lines_of_python(make: Callable[..., Any]) -> int:
    """Return how many lines a function or class has, with those of its own module that it uses."""
    return sum(len(_lines(inspect.getsource(used))) for used in _used(make, set()))


def _used(make: Any, known: set[Any]) -> Iterator[Any]:
    """Yield a function or class and what it uses of its module, each once."""
    known.add(make)
    yield make
    module = inspect.getmodule(make)
    names = {node.id for node in ast.walk(_tree(make)) if isinstance(node, ast.Name)}
    for name in sorted(names):
        found = getattr(module, name, None) if isinstance(module, ModuleType) else None
        own = (inspect.isfunction(found) or inspect.isclass(found)) and inspect.getmodule(found) is module
        if own and found not in known:
            yield from _used(found, known)


def _tree(make: Any) -> ast.Module:
    return ast.parse(dedent(inspect.getsource(make)))


def _lines(source: str) -> set[int]:
    """Return the numbers of the lines that say something."""
    source = dedent(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    documentation = {
        number
        for node in ast.walk(ast.parse(source))
        if isinstance(node, documented) and ast.get_docstring(node) is not None
        for number in range(node.body[0].lineno, (node.body[0].end_lineno or node.body[0].lineno) + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = {
        number for token in tokens if token.type not in _SILENT for number in range(token.start[0], token.end[0] + 1)
    }
    return found - documentation
