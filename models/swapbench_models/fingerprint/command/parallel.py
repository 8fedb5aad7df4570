"""The command `parallel`: two models on one stream of data, alone, one after the other and at once."""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import get_args

from tqdm import tqdm

from swapbench_models.arguments import at_least, seed
from swapbench_models.fingerprint.command.arguments import add_source, add_window, option
from swapbench_models.fingerprint.command.environment import Several
from swapbench_models.fingerprint.command.window import window
from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.files import expanded, modified
from swapbench_models.fingerprint.logs.batcher import Batcher
from swapbench_models.fingerprint.measured.fanout.arm import Arm, Result, Users, Work
from swapbench_models.fingerprint.measured.fanout.arm import arms as fanout_arms
from swapbench_models.fingerprint.measured.fanout.gains import Runs, check_alike, gains
from swapbench_models.fingerprint.model.catalogue import MODELS
from swapbench_models.fingerprint.model.options import Options


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add parallel."""
    parser = commands.add_parser("parallel", help="train two models on one stream: alone, in sequence and at once")
    parser.set_defaults(command=_parallel)
    add_source(parser)
    option(
        parser,
        "input_file",
        "-f",
        action=Several,
        nargs="+",
        required=True,
        help="files, folders or URLs, wildcards too",
    )
    add_window(parser)
    users = get_args(Users)
    option(parser, "train_users", default=Work.users, choices=users, help="whose models (default: {}, one for all)")
    option(parser, "model", action=Several, help=f"two of {', '.join(MODELS)} (default: ae and rae)")
    option(parser, "epochs", type=at_least(1), default=Options.epochs, help="passes over the rows (default: {})")
    option(parser, "rounds", type=at_least(1), default=5, help="runs of each arm, in turn (default: {})")
    option(parser, "cache", choices=("cold", "warm"), default="cold", help="read files, or columns kept before")
    option(parser, "seed", type=seed, default=Work.seed, help="of weights, order and swaps (default: {})")
    option(parser, "json", action="store_true", help="print every run as JSON")


def _parallel(options: argparse.Namespace) -> int:
    from swapbench_models.fingerprint.measured.fanout.run import run  # brings torch, which other commands go without

    models = tuple(options.model or ("ae", "rae"))
    unknown = [model for model in models if model not in MODELS]
    if unknown or len(set(models)) != 2:
        raise FingerprintError(f"--model: give two of {', '.join(MODELS)}.")
    with tempfile.TemporaryDirectory() as folder:
        cache = folder if options.cache == "warm" else None
        files = _within(expanded(options.input_file), options)
        work = Work(files, options.source, options.epochs, options.seed, cache, options.train_users)
        arms = fanout_arms(models, _cores())
        if cache:
            run(arms[0], work)  # fills it
        runs: dict[Arm, list[Result]] = {arm: [] for arm in arms}
        for arm in tqdm(arms * options.rounds, unit=" runs", leave=False, disable=None):
            runs[arm].append(run(arm, work))
    check_alike(runs)
    if options.json:
        told = [{"arm": asdict(arm), "name": arm.name, "runs": [asdict(each) for each in runs[arm]]} for arm in arms]
        print(json.dumps(told, indent=2))
        return 0
    for line in [*_table(runs), "", *_sentences(runs)]:
        print(line)
    return 0


def _within(names: Sequence[str], options: argparse.Namespace) -> tuple[str, ...]:
    """Return the files that were written within the window; raises FingerprintError when none was."""
    start, end = window(options.start_time, options.duration, datetime.now(UTC))
    batcher = Batcher(period=None, start=start, end=end)
    kept = [name for batch in batcher.batches(batcher.dated(name, modified) for name in names) for name in batch.files]
    if not kept:
        raise FingerprintError(f"None of the {len(names):,} files was written {batcher.within}.")
    return tuple(kept)


def _table(runs: Runs) -> list[str]:
    head = ("arm", "in all", "quartiles", "preparing", "training", "writing", "processors", "most memory")
    rows = [head, *(_row(arm, results) for arm, results in runs.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def _row(arm: Arm, results: Sequence[Result]) -> tuple[str, ...]:
    walls = [each.wall_s for each in results]
    low, _, high = quantiles(walls, n=4) if len(walls) > 1 else (walls[0],) * 3
    peak = median(sum(each.peak_rss) for each in results) / 2**20
    return (
        arm.name,
        f"{median(walls):.2f} s",
        f"{low:.2f} to {high:.2f}",
        f"{median(each.prepare_s for each in results):.2f} s",
        " + ".join(f"{_middle(results, place, 'train_s'):.2f} s" for place in range(len(arm.models))),
        " + ".join(f"{_middle(results, place, 'write_s'):.2f} s" for place in range(len(arm.models))),
        f"{median(each.cpu_s for each in results):.1f} s",
        f"{peak:,.0f} MiB",
    )


def _middle(results: Sequence[Result], place: int, what: str) -> float:
    return float(median(getattr(each.branches[place], what) for each in results))


def _sentences(runs: Runs) -> Iterator[str]:
    made = gains(runs)
    branch = next(iter(runs.values()))[0].branches[0]
    told = ", ".join(f"{model} {seconds:.2f} s" for model, seconds in made.alone.items())
    (at_once, at_once_s), (sequence, sequence_s) = made.at_once, made.sequence
    yield f"{branch.rows:,} rows, {branch.epochs} epochs, {branch.steps:,} steps, the same weights in every arm."
    yield f"One preparation for both instead of two: {made.amortised:.2f}x (in sequence, one thread)."
    yield (
        f"Training at once instead of one after the other: {made.concurrent:.2f}x (one thread each, "
        f"{at_once.schedule}, {_cores()} cores)."
    )
    yield (
        f"Best at once ({at_once.name}): {at_once_s:.2f} s; best in sequence ({sequence.name}): {sequence_s:.2f} s; "
        f"{sequence_s / at_once_s:.2f}x."
    )
    yield f"Both at once end sooner than either alone ({told}): {'yes' if made.beats_each_alone else 'no'}."


def _cores() -> int:
    return len(os.sched_getaffinity(0))
