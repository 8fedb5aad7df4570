"""What is told beside results, on stderr: what was left open, and where much is to be told, times and notes."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from swapbench_models.neural.language.fault import Fault
from swapbench_models.neural.language.printer import show_value
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked


def tell_notes(options: argparse.Namespace, source: Source, checked: Checked) -> None:
    """Tell what each hyper-parameter takes that nobody tries values of; of a verbose command, all notes of the check.

    What hyper-parameters a command tries is up to its option `hpo`; one without it tries none.
    """
    notes = list(checked.notes) if options.verbose else []
    if not getattr(options, "hpo", False):
        tried = "--hpo" if hasattr(options, "hpo") else "the command search"
        for each in checked.space:
            told = f"{each.name} takes {show_value(each.first)}, {each.which}; {tried} tries others"
            notes.append(Fault(each.at, told))
    for note in sorted(notes):
        tell_note(source, note)


def tell_note(source: Source, note: Fault) -> None:
    """Tell one note, with its place."""
    line, column = source.place(note.at)
    print(f"{source.name}:{line}:{column}: note: {note.message}", file=sys.stderr)


@contextmanager
def stage(options: argparse.Namespace, name: str) -> Iterator[None]:
    """Tell, of a verbose command, how long its body took."""
    started = time.perf_counter()
    yield
    if options.verbose:
        print(f"{name} in {time.perf_counter() - started:.3f} s", file=sys.stderr)
