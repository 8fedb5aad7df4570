"""MLflow as a store: each model a run with its parameters and metrics, and a version of a registered model.

Models are written as safetensors and JSON, with an `MLmodel` file beside them, so that `mlflow.pyfunc.load_model` reads
them too. Only MLflow's client is used: its fluent functions keep one current run for the whole process, which branches
that train at once would share.
"""

import os
import resource
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from platform import python_version
from typing import Any

import pandas as pd
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from swapbench_models.fingerprint import mlflow_environment
from swapbench_models.fingerprint.autoencoder import AutoEncoder
from swapbench_models.fingerprint.error import ModelError, StoreError
from swapbench_models.fingerprint.store import About, Stored, filled, model_name

LOCAL = "sqlite:///mlflow.db"
_RUN = "autoencoder model training run"
_FOLDER = "model"  # of the artifacts of a run
_MODELS_KEPT = 100
_FRESH_S = 600.0
# MLflow's own patience with a server that does not answer is many minutes, and it draws a bar for each file.
_MANNERS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


@dataclass
class MlflowStore:
    """Keeps models in MLflow at `uri`: a server's address, or a file of SQLite's, beside which a folder `artifacts` is
    made.

    `template` names registered models and `experiments` the experiments, with the fields of `model_name` and
    `{reg_model_name}`. Models that were read are kept in memory, the last hundred, and looked up again after ten
    minutes. One whose files do not come within `fetch_timeout_s` seconds cannot be used.
    """

    source: str = "duo"
    uri: str = LOCAL
    template: str = "DFP-{source}-{user_id}"
    experiments: str = "dfp/{source}/training/{reg_model_name}"
    fetch_timeout_s: float = 60.0
    _client: MlflowClient = field(init=False)
    _read: OrderedDict[str, tuple[float, Stored | None]] = field(default_factory=OrderedDict)
    _ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise FingerprintError for a template that cannot be, StoreError when the store does not answer."""
        model_name(self.template, self.source, "")
        for name, value in _MANNERS.items():
            os.environ.setdefault(name, value)
        self.uri = _absolute(self.uri)
        with self._answering():
            self._client = MlflowClient(self.uri, self.uri)
            self._client.search_experiments(max_results=1)

    def put(self, user: str, model: AutoEncoder, about: About) -> str:
        name = model_name(self.template, self.source, user)
        with self._answering():
            run = self._client.create_run(self._experiment(name), run_name=_RUN, tags={"user": user})
            try:
                version = self._kept(name, run, model, about)
            except BaseException:
                self._client.set_terminated(run.info.run_id, "FAILED")
                raise
            self._client.set_terminated(run.info.run_id, "FINISHED")
        self._read.pop(name, None)
        return f"{name}:{version}"

    def latest(self, user: str) -> Stored | None:
        name = model_name(self.template, self.source, user)
        when, stored = self._read.get(name, (-_FRESH_S, None))
        if time.monotonic() - when >= _FRESH_S:
            stored = self._fetched(name, stored)
            self._read[name] = time.monotonic(), stored
        self._read.move_to_end(name)
        while len(self._read) > _MODELS_KEPT:
            self._read.popitem(last=False)
        return stored

    def of(self, source: str) -> "MlflowStore":
        if source == self.source:
            return self
        return MlflowStore(source, self.uri, self.template, self.experiments, self.fetch_timeout_s)

    def _kept(self, name: str, run: Any, model: AutoEncoder, about: About) -> str:
        run_id = run.info.run_id
        self._client.log_batch(run_id, _metrics(model), _params(model, about))
        with tempfile.TemporaryDirectory() as folder:
            _write(model, Path(folder), run_id)
            self._client.log_artifacts(run_id, folder, _FOLDER)
        try:
            self._client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        tags = {"start": about.start, "end": about.end, "count": about.count, "schema": about.schema}
        told = {tag: str(value) for tag, value in tags.items()}
        return str(
            self._client.create_model_version(name, f"{run.info.artifact_uri}/{_FOLDER}", run_id, tags=told).version
        )

    def _fetched(self, name: str, known: Stored | None) -> Stored | None:
        """Return the last version, which is read unless it is the one that is known already."""
        with self._answering():
            found = self._client.search_model_versions(f"name='{name}'", 1, ["version_number DESC"])
        if not found:
            return None
        label = f"{name}:{found[0].version}"
        if known is not None and known.label == label:
            return known
        return Stored(label, self._read_from(str(found[0].source), label))

    def _read_from(self, place: str, label: str) -> AutoEncoder:
        """Return the model whose files are at a place; raises ModelError, for the store does answer."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                path = self._in_time(lambda: download_artifacts(place, dst_path=folder, tracking_uri=self.uri))
                return AutoEncoder.load(Path(path) / "data")
            except ModelError as error:
                raise ModelError(f"{label}: {error}") from error
            except (MlflowException, OSError) as error:
                raise ModelError(f"{label}: its files at {place} cannot be read: {_first_line(error)}") from error

    def _in_time(self, fetch: Callable[[], str]) -> str:
        """Return what a function returns, or raise what it raises. When it takes too long that is an OSError, and it
        goes on unheard: no client of MLflow's can be stopped."""
        came: list[str | Exception] = []

        def work() -> None:
            try:
                came.append(fetch())
            except Exception as error:  # it is raised again where it is waited for
                came.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(self.fetch_timeout_s)
        if not came:
            raise TimeoutError(f"they did not come within {self.fetch_timeout_s:g} seconds.")
        if isinstance(came[0], Exception):
            raise came[0]
        return came[0]

    def _experiment(self, name: str) -> str:
        title = filled(self.experiments, source=self.source, reg_model_name=name)
        if title not in self._ids:
            known = self._client.get_experiment_by_name(title)
            self._ids[title] = (
                known.experiment_id if known else self._client.create_experiment(title, self._artifacts())
            )
        return self._ids[title]

    def _artifacts(self) -> str | None:
        """Return where files go: a server knows itself, beside a database it is a folder of ours."""
        kind, _, path = self.uri.partition(":///")
        return (Path(path).resolve().parent / "artifacts").as_uri() if kind == "sqlite" else None

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Tell what goes wrong with the store as a StoreError."""
        try:
            yield
        except (MlflowException, OSError) as error:
            raise StoreError(
                f"The store of models at {self.uri} does not work: {_first_line(error)} Start it, or name another with "
                "--tracking-uri."
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]


def _absolute(uri: str) -> str:
    """Return the address of a file of SQLite by its whole path: MLflow keeps what it has opened by its address."""
    kind, _, path = uri.partition(":///")
    return f"{kind}:///{Path(path).resolve()}" if kind == "sqlite" else uri


class _Scorer:
    """What MLflow's own loader gives: `predict` takes a frame of pandas and returns the results of its rows."""

    def __init__(self, model: AutoEncoder) -> None:
        self._model = model

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        return self._model.results(frame)


def _load_pyfunc(path: str) -> _Scorer:
    """Read a model for mlflow.pyfunc, which looks for a function of this name."""
    return _Scorer(AutoEncoder.load(Path(path)))


def _write(model: AutoEncoder, folder: Path, run_id: str) -> None:
    model.save(folder / "data")
    inputs = Schema([ColSpec(kind, name, required=False) for name, kind in _columns(model)])
    outputs = Schema([ColSpec(DataType.double, "max_abs_z"), ColSpec(DataType.double, "mean_abs_z")])
    described = Model(_FOLDER, run_id, signature=ModelSignature(inputs, outputs))
    # As mlflow.pyfunc.add_to_model does; importing that takes seconds, and warns of MLflow's own types.
    environment = mlflow_environment.write(folder)
    described.add_flavor(
        "python_function", loader_module=__name__, data="data", python_version=python_version(), env=environment
    )
    described.save(folder / "MLmodel")


def _columns(model: AutoEncoder) -> Iterator[tuple[str, DataType]]:
    known = model.features
    yield from ((name, DataType.double) for name in known.numeric)
    yield from ((name, DataType.boolean) for name in known.binary)
    yield from ((name, DataType.string) for name in known.categorical)


def _params(model: AutoEncoder, about: About) -> list[Param]:
    """Return the reference's parameters by its names, and the other options by ours."""
    options, progress = model.options, model.progress
    named = {
        "Algorithm": model.algorithm,
        "Epochs": progress.epochs_run if progress else None,
        "Learning rate": options.learning_rate,
        "Batch size": options.batch_size,
        "Start Epoch": about.start,
        "End Epoch": about.end,
        "Log Count": about.count,
        "Stopped by": progress.stopped if progress else None,
    }
    others = {name: value for name, value in options.as_dict().items() if name not in ("learning_rate", "batch_size")}
    return [Param(name, str(value)) for name, value in {**named, **others}.items()]


def _metrics(model: AutoEncoder) -> list[Metric]:
    """Return the loss of each epoch, the usual loss in each feature, how long it took and the most memory so far."""
    now, progress = int(time.time() * 1000), model.progress
    made = {f"usual_loss.{_plain(name)}": loss for name, loss in model.usual_losses.items()}
    made["peak_rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    metrics = [Metric(name, value, now, 0) for name, value in made.items()]
    if progress is not None:
        metrics.append(Metric("seconds", progress.seconds, now, 0))
        metrics += [Metric("loss", loss, now, epoch) for epoch, loss in enumerate(progress.losses)]
        metrics += [
            Metric("validation_loss", loss, now, epoch) for epoch, loss in enumerate(progress.validation_losses)
        ]
    return metrics


def _plain(name: str) -> str:
    """Return a name of letters that metrics may have."""
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name)
