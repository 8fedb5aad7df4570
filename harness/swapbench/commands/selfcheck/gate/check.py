"""The check: trials on a quiet machine and beside a bursty neighbour, and what came of them."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue

from swapbench.base.error import SwapError
from swapbench.commands.selfcheck.finding import Finding
from swapbench.commands.selfcheck.gate.neighbour import neighbour
from swapbench.commands.selfcheck.gate.rates import findings as rates
from swapbench.commands.selfcheck.gate.trial import Compared, run_trial
from swapbench.run.lease import Slot, place

# Of the file of samples: trials of version 1 had five rounds from one fork server, and looks of their own; in those of
# version 2 a less accurate workload asked for more memory, which made some of them faster.
VERSION = 3

CONDITIONS: dict[str, Callable[[], AbstractContextManager[None]]] = {"quiet": nullcontext, "noisy": neighbour}


def findings(store: Path, comparisons: int, workers: int, samples: Path | None) -> Iterator[Finding]:
    """Yield the error rates under each condition; `workers` trials run at a time, each on a core of its own. With
    `samples`, trials are kept there as they end, one JSON object a line, and those already there are not run again."""
    for condition, beside in CONDITIONS.items():
        made = kept(samples, condition)
        numbers = sorted(set(range(comparisons)) - {comparison.number for comparison in made})
        with beside():
            for count, done in enumerate(_trials(store, numbers, workers), 1):
                made += done
                _keep(samples, condition, done)
                _tell(condition, comparisons - len(numbers) + count, comparisons)
        yield from rates([comparison for comparison in made if comparison.number < comparisons], condition)


def _trials(store: Path, numbers: Sequence[int], workers: int) -> Iterator[list[Compared]]:
    """Run trials side by side, and yield each as it ends; those under way are waited for when one fails."""
    slots: SimpleQueue[Slot] = SimpleQueue()
    for worker in range(workers):
        slots.put(place(None, 1, worker, workers))

    def run(number: int) -> list[Compared]:
        slot = slots.get()
        try:
            return run_trial(store, number, slot)
        finally:
            slots.put(slot)

    pool = ThreadPoolExecutor(workers)
    try:
        for trial in as_completed([pool.submit(run, number) for number in numbers]):
            yield trial.result()
    finally:
        pool.shutdown(cancel_futures=True)


def kept(samples: Path | None, condition: str) -> list[Compared]:
    """Return the comparisons of a file of samples that were made under a condition; raises SwapError when it holds
    something else."""
    if samples is None or not samples.exists():
        return []
    found: list[Compared] = []
    for number, text in enumerate(samples.read_text().splitlines(), 1):
        try:
            line = json.loads(text)
            version = line.get("version", 1)
            if version != VERSION:
                raise SwapError(
                    f"{samples}, line {number}: a trial of version {version}, judged by other rules than those of "
                    f"version {VERSION}; name another file."
                )
            made = [Compared(**values) for values in line["comparisons"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SwapError(
                f"{samples}, line {number}: no trial is kept there; remove the line, or the file."
            ) from error
        found += made if line["condition"] == condition else []
    return found


def _keep(samples: Path | None, condition: str, done: list[Compared]) -> None:
    if samples is not None:
        with samples.open("a") as file:
            file.write(
                json.dumps({"version": VERSION, "condition": condition, "comparisons": list(map(asdict, done))}) + "\n"
            )


def _tell(condition: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{condition}: {done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)
