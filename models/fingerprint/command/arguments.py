"""Arguments: options as Morpheus names them, in either spelling (--cache_dir, --cache-dir), or in the environment."""

import argparse
import os
from typing import Any, get_args

from models.arguments import at_least
from models.fingerprint.create import MODELS
from models.fingerprint.fitting import BACKENDS
from models.fingerprint.messages import Format

_PREFIX = "DFP_"


def option(parser: argparse.ArgumentParser, name: str, *short: str, **how: Any) -> None:
    """Add an option; where it is not given, the variable DFP_NAME of the environment counts, then its default."""
    given = os.environ.get(f"{_PREFIX}{name.upper()}")
    if given is not None:
        how["default"] = given.split(",") if how.get("action") == "append" else given
        how.pop("required", None)
    spellings = dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}"))
    parser.add_argument(*spellings, *short, dest=name, **how)


def add_source(parser: argparse.ArgumentParser) -> None:
    option(parser, "source", default="duo", help="duo, azure, or a TOML file with a schema (default: duo)")


def add_input(parser: argparse.ArgumentParser) -> None:
    option(parser, "input_file", "-f", action="append", required=True, help="file or URL, wildcards too (repeatable)")
    option(
        parser,
        "file_type_override",
        type=str.lower,
        default="auto",
        choices=get_args(Format),
        help="what files are (default: auto, as each looks)",
    )
    option(parser, "watch_inputs", action="store_true", help="go on with files that come later, until interrupted")
    option(parser, "watch_interval", type=float, default=1.0, help="seconds between two looks for them (default: 1)")


def add_rows(parser: argparse.ArgumentParser) -> None:
    """Add what says which rows are used."""
    add_source(parser)
    option(parser, "start_time", help="first day, like 2022-08-01 (default: no bound; with --duration, so long ago)")
    option(parser, "duration", help="how long from then on (default: 60d after --start_time)")
    option(parser, "sample_rate_s", type=int, default=0, help="take one file in so many seconds (default: 0, all)")
    option(parser, "skip_user", action="append", default=[], help="leave a user out (repeatable)")
    option(parser, "only_user", action="append", default=[], help="leave all others out (repeatable)")
    option(parser, "cache_dir", default="./.cache/dfp", help="where files and windows are kept (default: ./.cache/dfp)")


def add_store(parser: argparse.ArgumentParser) -> None:
    option(parser, "tracking_uri", default="sqlite:///mlflow.db", help="MLflow's (default: sqlite:///mlflow.db)")
    option(parser, "mlflow_model_name_template", default="DFP-{source}-{user_id}", help="names of models")
    option(
        parser,
        "mlflow_experiment_name_template",
        default="dfp/{source}/training/{reg_model_name}",
        help="names of experiments",
    )


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
    option(parser, "validation_size", type=float, default=0.1, help="share of the rows, the last (default: 0.1)")
    option(parser, "patience", type=at_least(0), default=0, help="rises of the loss that end it (default: 0, never)")
    option(parser, "seed", type=at_least(0), default=0, help="of weights, order and swaps (default: 0)")
    option(
        parser,
        "set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another choice of the model, its value as JSON: learning_rate=0.01 (repeatable)",
    )


def add_detection(parser: argparse.ArgumentParser) -> None:
    option(parser, "filter_threshold", type=float, default=2.0, help="rows above are detections (default: 2.0)")
    option(parser, "filter_column", default="mean_abs_z", help="the column that is (default: mean_abs_z)")
    option(parser, "fallback_username", default="generic_user", help="whose model stands in (default: generic_user)")
    option(parser, "output", "-o", help="CSV, JSON lines or Parquet (default: dfp_detections_{source}.csv)")
    option(parser, "overwrite", action="store_true", help="write over a file that is there")
    option(parser, "include", action="append", default=[], help="columns whose names begin so, a pattern (repeatable)")
    option(parser, "exclude", action="append", help="columns to leave out, a pattern (repeatable)")


def add_talk(parser: argparse.ArgumentParser) -> None:
    option(parser, "log_level", default="WARNING", help="DEBUG, INFO, WARNING or ERROR (default: WARNING)")
    option(parser, "silence_monitors", action="store_true", help="show no progress")
    option(parser, "json", action="store_true", help="print the summary as JSON")
