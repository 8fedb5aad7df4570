"""The command `evaluate`: what detections are worth, where it is known what was planted."""

import argparse
import json

import polars as pl

from swapbench_models.fingerprint.command.arguments import option
from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.files import frame
from swapbench_models.fingerprint.measured.scores import average_precision
from swapbench_models.fingerprint.pipeline.detections import Unusual

_MOMENT = 23  # characters of a moment in milliseconds, 2022-08-01T00:00:00.000


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add evaluate."""
    parser = commands.add_parser("evaluate", help="compare detections with the anomalies that generate has planted")
    parser.set_defaults(command=_evaluate)
    parser.add_argument("detections", help="what infer has written")
    parser.add_argument("labels", help="labels.csv, beside the generated logs")
    option(parser, "column", default=Unusual.column, help="by which they are ranked (default: {})")
    option(parser, "user_column", default="username", help="whose they are (default: {})")
    option(parser, "json", action="store_true", help="print JSON")


def _evaluate(options: argparse.Namespace) -> int:
    found, labels = frame(options.detections), frame(options.labels)
    for name, rows, needed in (
        (options.detections, found, ["timestamp", options.user_column, options.column]),
        (options.labels, labels, ["timestamp", "username", "anomaly"]),
    ):
        missing = [column for column in needed if column not in rows.columns]
        if missing:
            raise DataError(f"{name} has no column {', '.join(missing)}.")
    if not found[options.column].dtype.is_numeric():
        raise DataError(f"{options.detections}: the column {options.column} holds no numbers to rank by.")
    told = evaluated(found.rename({options.user_column: "username"}), labels, options.column)
    if options.json:
        print(json.dumps(told, indent=2))
        return 0
    print(f"detections: {told['detections']:,}, of which {told['share']:.1%} are planted rows")
    print(f"planted rows found: {told['found rows']:,} of {told['planted rows']:,}")
    print(f"incidents (a user, a kind, a day) found: {told['found incidents']:,} of {told['incidents']:,}")
    print(f"average precision: {told['average precision']:.3f} (a planted row that is no detection counts as missed)")
    return 0


def evaluated(found: pl.DataFrame, labels: pl.DataFrame, column: str) -> dict[str, float]:
    """Return how many of the planted rows and incidents are among detections, and the average precision of their order;
    planted rows that are not there count as never found."""
    planted = labels.with_columns(
        _moment(), incident=pl.concat_str("username", "anomaly", pl.col("timestamp").cast(pl.String).str.head(10))
    )
    planted = planted.select("moment", "username", "incident").unique(["moment", "username"])
    rows = found.with_columns(_moment()).join(planted, ["moment", "username"], "left")
    hit = rows["incident"].is_not_null()
    found_rows = int(hit.sum())
    reached = found_rows / len(planted) if len(planted) else 0.0
    return {
        "detections": len(rows),
        "planted rows": len(planted),
        "found rows": found_rows,
        "incidents": planted["incident"].n_unique(),
        "found incidents": rows["incident"].drop_nulls().n_unique(),
        "share": found_rows / len(rows) if len(rows) else 0.0,
        "average precision": average_precision(hit.to_numpy(), rows[column].to_numpy()) * reached if hit.any() else 0.0,
    }


def _moment() -> pl.Expr:
    return pl.col("timestamp").cast(pl.String).str.head(_MOMENT).alias("moment")
