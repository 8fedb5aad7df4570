"""Beside: both parsers on the same files, each file for itself, and what they take before the first."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from lark import Lark
from lark.exceptions import LarkError

from swapbench_models.error import FamilyError
from swapbench_models.neural import networks
from swapbench_models.neural.catalogue import NETWORKS
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.fault import LanguageError
from swapbench_models.neural.language.parser import parse
from swapbench_models.neural.language.source import Source, read
from swapbench_models.neural.language.tree import Program
from swapbench_models.neural.measured.rivals import lark_parser

_PATIENCE_S = 0.02  # of each round
_ROUNDS = 30
_HEAD = ("file", "characters", "by hand", "lark", "ratio")

Row = tuple[str, str, str, str, str]


def main(arguments: Sequence[str]) -> int:
    """Print a line for each file, shortest first, one for all and one for what is made before the first; return the
    exit status."""
    options = argparse.ArgumentParser("python -m swapbench_models.neural.measured.rivals", description=__doc__)
    options.add_argument("files", metavar="FILE", nargs="*", help="files of the language (default: the family's own)")
    files = options.parse_args(arguments).files
    try:
        sources = [read(file) for file in files] or [networks.text(name) for name in NETWORKS]
        _print([_HEAD, *_rows(sorted(sources, key=lambda source: len(source.text)))])
    except FamilyError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _rows(sources: Sequence[Source]) -> Iterator[Row]:
    parser = lark_parser.create()
    for source in sources:
        if _by_hand(source) != _by_lark(parser, source):
            raise NeuralError(f"{source.name}: the parsers read different programs; one of them is wrong.")
    by_hand = [partial(parse, source) for source in sources]
    by_lark = [partial(parser.parse, source.text) for source in sources]
    *times_s, creating_s = _shortest_s([*by_hand, *by_lark, lark_parser.create])
    by_hand_s, lark_s = times_s[: len(sources)], times_s[len(sources) :]
    for source, ours, theirs in zip(sources, by_hand_s, lark_s, strict=True):
        yield _row(source.name.rpartition("/")[2], len(source.text), ours, theirs)
    yield _row(f"all {len(sources)}", sum(len(source.text) for source in sources), sum(by_hand_s), sum(lark_s))
    yield "before the first", "", "nothing", f"{creating_s * 1e3:.1f} ms", ""


def _by_hand(source: Source) -> Program:
    try:
        return parse(source)
    except LanguageError as error:
        line, column = source.place(error.faults[0].at)
        raise NeuralError(
            f"{source.name}:{line}:{column}: {error.faults[0].message}; what is timed has no faults, and the command "
            "check tells all of them."
        ) from error


def _by_lark(parser: Lark, source: Source) -> object:
    """Return the program that lark's parser reads; None where it reads none."""
    try:
        return parser.parse(source.text)
    except LarkError:
        return None


def _row(name: str, characters: int, by_hand_s: float, lark_s: float) -> Row:
    times = f"{by_hand_s * 1e3:.3f} ms", f"{lark_s * 1e3:.3f} ms"
    return name, f"{characters:,}", *times, f"{lark_s / by_hand_s:.1f}"


def _shortest_s(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Return the shortest that each call took, in rounds of all of them: other load only adds to a time, and not for
    ever."""
    shortest = [float("inf")] * len(calls)
    for _ in range(_ROUNDS):
        for number, call in enumerate(calls):
            end = time.perf_counter() + _PATIENCE_S
            while (start := time.perf_counter()) < end:
                call()
                shortest[number] = min(shortest[number], time.perf_counter() - start)
    return shortest


def _print(rows: Sequence[Row]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *figures in rows:
        print("  ".join((name.ljust(widths[0]), *map(str.rjust, figures, widths[1:]))).rstrip())
