"""Arguments: options as Morpheus names them, in either spelling (--cache_dir, --cache-dir), or in the environment."""

import argparse
import math
from collections.abc import Sequence
from typing import Any, get_args

from swapbench_models.arguments import at_least, seed
from swapbench_models.fingerprint.command.environment import Several, variable
from swapbench_models.fingerprint.files import Format
from swapbench_models.fingerprint.model.catalogue import BACKENDS, MODELS

WINDOWS = {"training": ("aggregate", 300, 300, "60d"), "inference": ("batch", 1, 0, "1d")}  # as the reference has it
_SOURCE = "is the column one (dataframe), or what its name says of each feature, like z_loss (tensor)?"


def option(parser: argparse.ArgumentParser, name: str, *short: str, **how: Any) -> None:
    """Add an option; where it is not given, the variable DFP_NAME of the environment counts, then its default."""
    spellings = dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}"))
    action = parser.add_argument(*spellings, *short, dest=how.pop("dest", name), **how)
    given = variable(name, action)
    if given is not None:
        action.default, action.required = given, False


def number(text: str) -> float:
    """Read a finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, found {text!r}")
    return value


def positive(text: str) -> float:
    """Read a number above 0."""
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text!r}")
    return value


def add_source(parser: argparse.ArgumentParser) -> None:
    option(parser, "source", default="duo", help="duo, azure, or a TOML file with a schema (default: duo)")


def add_input(parser: argparse.ArgumentParser) -> None:
    option(
        parser,
        "input_file",
        "-f",
        action=Several,
        nargs="+",
        required=True,
        help="files, folders or URLs, wildcards too",
    )
    option(
        parser,
        "file_type_override",
        type=str.lower,
        default="auto",
        choices=get_args(Format),
        help="what files are (default: auto, as each looks)",
    )
    option(parser, "watch_inputs", action="store_true", help="go on with files that come later, until interrupted")
    option(parser, "watch_interval", type=positive, default=1.0, help="seconds between two looks for them (default: 1)")


def add_window(parser: argparse.ArgumentParser) -> None:
    option(parser, "start_time", help="first day, like 2022-08-01 (default: no bound; with --duration, so long ago)")
    option(parser, "duration", help="how long from then on (default: 60d after --start_time)")


def add_rows(parser: argparse.ArgumentParser) -> None:
    """Add what says which rows are used."""
    add_source(parser)
    add_window(parser)
    option(
        parser, "sample_rate_s", type=at_least(0), default=0, help="take one file in so many seconds (default: 0, all)"
    )
    option(parser, "skip_user", action=Several, nargs="+", default=[], help="leave a user out (repeatable)")
    option(parser, "only_user", action=Several, nargs="+", default=[], help="leave all others out (repeatable)")
    option(parser, "cache_dir", default="./.cache/dfp", help="where files and windows are kept (default: ./.cache/dfp)")


def add_windows(parser: argparse.ArgumentParser, kinds: Sequence[str], only: bool) -> None:
    """Add when streamed rows are worked on: for the one kind of work that a command does, or named after each kind."""
    for kind in kinds:
        mode, history, increment, span = WINDOWS[kind]

        def each(name: str, kind: str = kind, **how: Any) -> None:
            named = f"{kind}_{name}"
            option(parser, name if only else named, dest=named, **how)

        each(
            "cache_mode", default=mode, choices=("batch", "aggregate"), help=f"forget rows given out? (default: {mode})"
        )
        each("min_history", type=at_least(1), default=history, help=f"rows that are enough (default: {history})")
        each("min_increment", type=at_least(0), default=increment, help=f"new ones of them (default: {increment})")
        each("max_history", type=_span, default=span, help=f"a length of time or a number of rows (default: {span})")


def _span(text: str) -> str | int:
    return int(text) if text.isdecimal() else text


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add what a control message would say of files that are named on the command line."""
    kinds = ("payload", "streaming")
    option(parser, "data_type", default="payload", choices=kinds, help="are all rows there, or do more come later?")
    option(parser, "period", help="put together what was written in it, like D, 36h or M (default: D when streaming)")


def add_store(parser: argparse.ArgumentParser) -> None:
    option(parser, "tracking_uri", default="sqlite:///mlflow.db", help="MLflow's (default: sqlite:///mlflow.db)")
    option(parser, "mlflow_model_name_template", default="DFP-{source}-{user_id}", help="names of models")
    option(
        parser,
        "mlflow_experiment_name_template",
        default="dfp/{source}/training/{reg_model_name}",
        help="names of experiments",
    )
    option(parser, "model_fetch_timeout", type=float, default=60.0, help="seconds to fetch a model in (default: 60)")


def add_training(parser: argparse.ArgumentParser) -> None:
    users = ("all", "generic", "individual", "none")
    option(
        parser,
        "train_users",
        default="all",
        choices=users,
        help="whose models: one for all users (generic), one each (individual), or both (default: all)",
    )
    option(parser, "model", default="ae", help=f"{', '.join(MODELS)} (default: ae)")
    option(parser, "backend", default="torch", help=f"{', '.join(BACKENDS)} (default: torch)")
    option(parser, "epochs", type=at_least(1), default=30, help="passes over the rows (default: 30)")
    option(parser, "validation_size", type=number, default=0.1, help="share of the rows, the last (default: 0.1)")
    option(parser, "patience", type=at_least(0), default=0, help="rises of the loss that end it (default: 0, never)")
    option(parser, "seed", type=seed, default=0, help="of weights, order and swaps (default: 0)")
    option(
        parser,
        "set",
        action=Several,
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="another choice of the model, its value as JSON: learning_rate=0.01 (repeatable)",
    )


def add_detection(parser: argparse.ArgumentParser) -> None:
    option(parser, "filter_threshold", type=number, default=2.0, help="rows above are detections (default: 2.0)")
    option(parser, "filter_column", default="mean_abs_z", help="the column that is (default: mean_abs_z)")
    option(parser, "fallback_username", default="generic_user", help="whose model stands in (default: generic_user)")
    option(parser, "filter_source", default="dataframe", choices=("dataframe", "tensor"), help=_SOURCE)
    option(parser, "filter_slices", action="store_true", help="hand on each run of rows by itself, as it is found")
    option(parser, "output", "-o", help="CSV, JSON lines or Parquet (default: dfp_detections_{source}.csv)")
    option(parser, "overwrite", action="store_true", help="write over a file that is there")
    option(parser, "include", action=Several, default=[], help="columns whose names begin so, a pattern (repeatable)")
    option(parser, "exclude", action=Several, help="columns to leave out, a pattern (repeatable)")
    option(parser, "varying_columns", action="store_true", help="write columns that come later too")
    option(parser, "include_index_col", action="store_true", help="number each user's rows in a first column, index")


def add_talk(parser: argparse.ArgumentParser) -> None:
    option(parser, "log_level", default="WARNING", help="DEBUG, INFO, WARNING or ERROR (default: WARNING)")
    option(parser, "silence_monitors", action="store_true", help="show no progress")
    option(parser, "json", action="store_true", help="print the summary as JSON")
