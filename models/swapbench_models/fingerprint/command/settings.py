"""Settings: what options of the command mean for a pipeline."""

import argparse
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_type_hints

from pydantic import TypeAdapter, ValidationError

from swapbench_models.fingerprint.command.arguments import (
    add_detection,
    add_filters,
    add_form,
    add_training,
    add_windows,
    unasked,
)
from swapbench_models.fingerprint.command.window import window
from swapbench_models.fingerprint.control.messages import Filter, Kind
from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.batcher import Batcher
from swapbench_models.fingerprint.logs.reader import Reader
from swapbench_models.fingerprint.logs.users import Splitter
from swapbench_models.fingerprint.logs.window import WindowOptions
from swapbench_models.fingerprint.logs.windows import Windows
from swapbench_models.fingerprint.model import fitting
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.create import create
from swapbench_models.fingerprint.model.options import Options
from swapbench_models.fingerprint.model.stored import AutoEncoders
from swapbench_models.fingerprint.pipeline.detections import Unusual
from swapbench_models.fingerprint.pipeline.loading import Branch
from swapbench_models.fingerprint.pipeline.pipeline import EXCLUDED, Pipeline
from swapbench_models.fingerprint.pipeline.usermodels import NOTED, Names, UserModels
from swapbench_models.store.shelf import Shelf

_ADVICE = "Start it, or name another with --tracking-uri."
_TRIGGER = ("cache_mode", "min_history", "min_increment", "max_history")
# What a command may not ask for: one only trains, another only looks for anomalies.
_GROUPS = (
    add_form,
    add_training,
    add_detection,
    add_filters,
    partial(add_windows, kinds=("training", "inference"), only=False),
)


def pipeline(options: argparse.Namespace) -> Pipeline:
    """Return the pipeline that the options of a command describe; raises FingerprintError for what cannot be."""
    from swapbench_models.store.mlflow_store import MlflowStore

    options = argparse.Namespace(**{**unasked(*_GROUPS), **vars(options)})
    known = schema.named(options.source)
    source = Path(options.source).stem
    cache = Path(options.cache_dir)
    start, end = window(options.start_time, options.duration, datetime.now(UTC))
    make = maker(options)
    fit = fitting.variant(options.variant)
    branches: dict[Kind, Branch] = {
        "training": _branch(options, known, _users(options), cache / source, "training"),
        "inference": _branch(options, known, {"individual": True}, cache / source, "inference"),
    }
    names = Names(source, options.mlflow_model_name_template, options.mlflow_experiment_name_template)
    store = MlflowStore(AutoEncoders(), options.tracking_uri, options.model_fetch_timeout, _ADVICE)
    return Pipeline(
        schema=known,
        reader=Reader(known, options.file_type_override, cache / "files"),
        branches=branches,
        batcher=Batcher(start=start, end=end, sampling=f"{options.sample_rate_s}s" if options.sample_rate_s else None),
        models=UserModels(store, names),
        create=make,
        fit=fit,
        shelf=Shelf(AutoEncoders(), cache / "shelf", NOTED),
        wanted=Filter(options.filter_task_type, options.filter_data_type),
        fallback=options.fallback_username,
        unusual=_unusual(options, known),
        index=options.include_index_col,
        include=_patterns(options.include),
        exclude=_patterns(options.exclude or EXCLUDED),
        monitor=_silent if options.silence_monitors else _shown,
    )


def maker(options: argparse.Namespace) -> Callable[[], AutoEncoder]:
    """Return what makes the models that are trained; raises FingerprintError when they cannot be made."""
    choices: dict[str, Any] = {name: getattr(options, name) for name in ("epochs", "patience", "seed")}
    choices["validation_size"] = options.validation_size
    for each in options.set:
        name, equals, value = each.partition("=")
        if not equals:
            raise FingerprintError(f"--set {each}: write NAME=VALUE, like learning_rate=0.01.")
        try:
            choices[name] = json.loads(value)
        except json.JSONDecodeError:
            choices[name] = value
    _check_kinds(choices)
    try:
        create(options.model, **choices)  # what cannot be made is told before any file is read
    except FingerprintError:
        raise
    except Exception as error:  # a value of another kind than the option's, which may fail anywhere
        raise FingerprintError(f"--set {' '.join(options.set)}: a value is not of the right kind: {error}.") from error
    return partial(create, options.model, **choices)


def _check_kinds(choices: Mapping[str, Any]) -> None:
    """Raise FingerprintError for a value of another kind than its option's, which would fail somewhere in training."""
    kinds = get_type_hints(Options)
    for name, value in choices.items():
        if name not in kinds:
            continue  # an old name, or none, which is told where the model is made
        given = tuple(value) if isinstance(value, list) else value
        try:
            TypeAdapter(kinds[name]).validate_python(given, strict=True)
        except ValidationError as error:
            kind = getattr(kinds[name], "__name__", str(kinds[name]))
            raise FingerprintError(f"{name}={value}: the option is {kind}.") from error


def _users(options: argparse.Namespace) -> dict[str, bool]:
    chosen = options.train_users
    return {"generic": chosen in ("all", "generic"), "individual": chosen in ("all", "individual", "none")}


def _branch(
    options: argparse.Namespace, known: schema.Schema, users: dict[str, bool], folder: Path, kind: Kind
) -> Branch:
    splitter = Splitter(
        known.user,
        skip=tuple(options.skip_user),
        only=tuple(options.only_user),
        fallback=options.fallback_username,
        **users,
    )
    mode, history, increment, span = (getattr(options, f"{kind}_{name}") for name in _TRIGGER)
    waiting = WindowOptions(mode, history, increment, span, timestamp=known.timestamp)
    return Branch(splitter, Windows(waiting, folder / kind, known.digest))


def _unusual(options: argparse.Namespace, known: schema.Schema) -> Unusual:
    """Return what detections are; raises FingerprintError for a column that no result has, or that is no number."""
    if options.filter_source == "tensor":
        field = "z_loss" if options.filter_column == "mean_abs_z" else options.filter_column
        columns = ["z_loss", "loss"]
    else:
        field, features = options.filter_column, known.model.features
        losses = [f"{name}_{what}" for name in features for what in ("loss", "z_loss")]
        numbers = [name for name, column in known.source.items() if isinstance(column, schema.Number)]
        columns = ["mean_abs_z", "max_abs_z", *losses, *known.increments, *numbers]
    if field not in columns:
        raise FingerprintError(f"filter_column '{field}': choose one of {', '.join(columns)}.")
    source: Literal["column", "tensor"] = "tensor" if options.filter_source == "tensor" else "column"
    return Unusual(options.filter_threshold, field, source, options.filter_slices)


def _patterns(given: Iterable[str]) -> tuple[str, ...]:
    patterns = tuple(given)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise FingerprintError(f"'{pattern}' is no pattern: {error}.") from error
    return patterns


def _shown(stage: str, each: Iterable[Any]) -> Iterable[Any]:
    from tqdm import tqdm

    # disable=None: where nobody watches (a file, a log), there is no bar.
    return tqdm(each, stage, unit=" users", smoothing=0.05, leave=False, disable=None)


def _silent(_stage: str, each: Iterable[Any]) -> Iterable[Any]:
    return each
