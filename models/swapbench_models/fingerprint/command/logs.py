"""Logs: the commands that make them up, and that show what a model would be given of them."""

import argparse
from pathlib import Path
from typing import get_args

from swapbench_models.arguments import at_least, seed
from swapbench_models.fingerprint.command.arguments import add_source, option
from swapbench_models.fingerprint.files import expanded
from swapbench_models.fingerprint.logs import generate, schema
from swapbench_models.fingerprint.logs.batcher import moment
from swapbench_models.fingerprint.logs.generate import Plan
from swapbench_models.fingerprint.logs.reader import Reader


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add generate and preprocess."""
    generating = commands.add_parser("generate", help="write logs of invented people, with labelled anomalies")
    generating.set_defaults(command=_generate)
    generating.add_argument("folder", type=Path, help="where the files go")
    option(generating, "source", default="duo", choices=get_args(generate.Source), help="(default: {})")
    option(generating, "users", type=at_least(1), default=Plan.users, help="people (default: {})")
    option(generating, "days", type=at_least(1), default=Plan.days, help="days (default: {})")
    option(generating, "start_time", default=f"{Plan.start:%Y-%m-%d}", help="the first day (default: {})")
    option(generating, "anomalies", type=float, default=Plan.anomalies, help="share of days of a person (default: {})")
    clean = "first days without any (default: {})"
    option(generating, "clean_days", type=at_least(0), default=Plan.clean_days, help=clean)
    option(generating, "seed", type=seed, default=Plan.seed, help="the same seed, the same logs (default: {})")
    preparing = commands.add_parser("preprocess", help="write the columns that are made of logs as CSV")
    preparing.set_defaults(command=_preprocess)
    preparing.add_argument("input", nargs="+", help="file or URL, wildcards too")
    add_source(preparing)
    stages = ("source", "features")
    option(preparing, "stage", default="features", choices=stages, help="how far (default: {})")
    option(preparing, "parity", action="store_true", help="as the reference makes them, its defects and all")
    option(preparing, "output", "-o", type=Path, required=True, help="the CSV file")


def _generate(options: argparse.Namespace) -> int:
    start = moment(options.start_time, "start_time")
    plan = Plan(options.users, options.days, start, options.anomalies, options.clean_days, options.seed)
    paths = generate.write(plan, options.source, options.folder)
    print(f"{len(paths)} files and labels.csv are in {options.folder}.")
    return 0


def _preprocess(options: argparse.Namespace) -> int:
    known = schema.named(options.source)
    known = known.of_reference() if options.parity else known
    reading = Reader(known).read(expanded(options.input))
    frame = known.counted(reading.frame) if options.stage == "features" else reading.frame
    frame.write_csv(options.output)
    print(f"{len(frame):,} rows are in {options.output}.")
    for name, count in reading.unknown.items():
        if count:
            print(f"rows whose {name} is neither true nor false: {count:,}")
    for why, count in reading.dropped.items():
        print(f"rows {why}: {count:,}")
    for name, why in reading.bad.items():
        print(f"{name}: {why}")
    return 1 if reading.bad else 0
