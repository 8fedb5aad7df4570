"""Arguments: options as Morpheus names them, in either spelling (--cache_dir, --cache-dir), or in the environment."""

import argparse
import math
from collections.abc import Callable, Sequence
from typing import Any, get_args

from swapbench_models.arguments import at_least, seed
from swapbench_models.fingerprint.command.environment import Several, Variable, variable
from swapbench_models.fingerprint.files import Format
from swapbench_models.fingerprint.logs.users import GENERIC
from swapbench_models.fingerprint.model.catalogue import MODELS, VARIANTS
from swapbench_models.fingerprint.model.options import Options
from swapbench_models.fingerprint.pipeline.detections import Unusual
from swapbench_models.fingerprint.pipeline.usermodels import Names

_WINDOWS = {"training": ("aggregate", 300, 300, "60d"), "inference": ("batch", 1, 0, "1d")}  # as the reference has it
_SOURCE = "is the column one (dataframe), or what its name says of each feature, like z_loss (tensor)?"


def option(parser: argparse.ArgumentParser, name: str, *short: str, **how: Any) -> None:
    """Add an option; where it is not given, the variable DFP_NAME of the environment counts, then its default, which
    its help may name as {}."""
    spellings = dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}"))
    how["help"] = how.get("help", "").replace("{}", str(how.get("default")))
    action = parser.add_argument(*spellings, *short, dest=how.pop("dest", name), **how)
    given = variable(name, action)
    if given is not None:
        action.default, action.required = given, False


def unasked(*groups: Callable[[argparse.ArgumentParser], None]) -> dict[str, Any]:
    """Return the defaults of groups of options, which count for commands that do not ask for them, whatever the
    environment says."""
    parser = argparse.ArgumentParser()
    for add in groups:
        add(parser)
    given = vars(parser.parse_args([]))
    return {name: value.default if isinstance(value, Variable) else value for name, value in given.items()}


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
    option(parser, "source", default="duo", help="duo, azure, or a TOML file with a schema (default: {})")


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
    add_form(parser)
    option(parser, "watch_inputs", action="store_true", help="go on with files that come later, until interrupted")
    option(parser, "watch_interval", type=positive, default=1, help="seconds between two looks for them (default: {})")


def add_form(parser: argparse.ArgumentParser) -> None:
    """Add what form files have."""
    option(
        parser,
        "file_type_override",
        type=str.lower,
        default="auto",
        choices=get_args(Format),
        help="what files are (default: {}, as each looks)",
    )


def add_window(parser: argparse.ArgumentParser) -> None:
    option(parser, "start_time", help="first day, like 2022-08-01 (default: no bound; with --duration, so long ago)")
    option(parser, "duration", help="how long from then on (default: 60d after --start_time)")


def add_rows(parser: argparse.ArgumentParser) -> None:
    """Add what says which rows are used."""
    add_source(parser)
    add_window(parser)
    sampling = "take one file in so many seconds (default: {}, all)"
    option(parser, "sample_rate_s", type=at_least(0), default=0, help=sampling)
    option(parser, "skip_user", action=Several, nargs="+", default=[], help="leave a user out (repeatable)")
    option(parser, "only_user", action=Several, nargs="+", default=[], help="leave all others out (repeatable)")
    option(parser, "cache_dir", default="./.cache/dfp", help="where files and windows are kept (default: {})")


def add_windows(parser: argparse.ArgumentParser, kinds: Sequence[str], only: bool) -> None:
    """Add when streamed rows are worked on: for the one kind of work that a command does, or named after each kind."""
    for kind in kinds:
        mode, history, increment, span = _WINDOWS[kind]

        def each(name: str, kind: str = kind, **how: Any) -> None:
            named = f"{kind}_{name}"
            option(parser, name if only else named, dest=named, **how)

        each("cache_mode", default=mode, choices=("batch", "aggregate"), help="forget rows given out? (default: {})")
        each("min_history", type=at_least(1), default=history, help="rows that are enough (default: {})")
        each("min_increment", type=at_least(0), default=increment, help="new ones of them (default: {})")
        each("max_history", type=_span, default=span, help="a length of time or a number of rows (default: {})")


def _span(text: str) -> str | int:
    return int(text) if text.isdecimal() else text


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add what a control message would say of files that are named on the command line."""
    kinds = ("payload", "streaming")
    option(parser, "data_type", default="payload", choices=kinds, help="are all rows there, or do more come later?")
    option(parser, "period", help="put together what was written in it, like D, 36h or M (default: D when streaming)")


def add_store(parser: argparse.ArgumentParser) -> None:
    option(parser, "tracking_uri", default="sqlite:///mlflow.db", help="MLflow's (default: {})")
    option(parser, "mlflow_model_name_template", default=Names.template, help="names of models")
    option(parser, "mlflow_experiment_name_template", default=Names.experiments, help="names of experiments")
    option(parser, "model_fetch_timeout", type=float, default=60, help="seconds to fetch a model in (default: {})")


def add_training(parser: argparse.ArgumentParser) -> None:
    users = ("all", "generic", "individual", "none")
    option(
        parser,
        "train_users",
        default="all",
        choices=users,
        help="whose models: one for all users (generic), one each (individual), or both (default: {})",
    )
    option(parser, "model", default="ae", help=", ".join(MODELS) + " (default: {})")
    option(parser, "variant", default="", help=", ".join(VARIANTS) + ": many models at once (default: one by one)")
    option(parser, "epochs", type=at_least(1), default=Options.epochs, help="passes over the rows (default: {})")
    share = "share of the rows, the last (default: {})"
    option(parser, "validation_size", type=number, default=Options.validation_size, help=share)
    rises = "rises of the loss that end it (default: {}, never)"
    option(parser, "patience", type=at_least(0), default=Options.patience, help=rises)
    option(parser, "seed", type=seed, default=Options.seed, help="of weights, order and swaps (default: {})")
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
    above = "rows above are detections (default: {})"
    option(parser, "filter_threshold", type=number, default=Unusual.threshold, help=above)
    option(parser, "filter_column", default=Unusual.column, help="the column that is (default: {})")
    option(parser, "fallback_username", default=GENERIC, help="whose model stands in (default: {})")
    option(parser, "filter_source", default="dataframe", choices=("dataframe", "tensor"), help=_SOURCE)
    option(parser, "filter_slices", action="store_true", help="hand on each run of rows by itself, as it is found")
    option(parser, "output", "-o", help="CSV, JSON lines or Parquet (default: dfp_detections_{source}.csv)")
    option(parser, "overwrite", action="store_true", help="write over a file that is there")
    option(parser, "include", action=Several, default=[], help="columns whose names begin so, a pattern (repeatable)")
    option(parser, "exclude", action=Several, help="columns to leave out, a pattern (repeatable)")
    option(parser, "varying_columns", action="store_true", help="write columns that come later too")
    option(parser, "include_index_col", action="store_true", help="number each user's rows in a first column, index")


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add which control messages are worked on."""
    option(parser, "filter_task_type", choices=("training", "inference"), help="leave other messages out")
    option(parser, "filter_data_type", choices=("payload", "streaming"), help="leave other messages out")


def add_talk(parser: argparse.ArgumentParser) -> None:
    option(parser, "log_level", default="WARNING", help="DEBUG, INFO, WARNING or ERROR (default: {})")
    option(parser, "silence_monitors", action="store_true", help="show no progress")
    option(parser, "json", action="store_true", help="print the summary as JSON")
