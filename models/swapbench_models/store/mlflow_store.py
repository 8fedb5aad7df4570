"""MLflow as a store: each model a run with its parameters and metrics, and a version of a registered model.

Only MLflow's client is used: its fluent functions keep one current run for the whole process, which threads that train
at once would share.
"""

import os
import re
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException

from swapbench_models.store import mlflow_model
from swapbench_models.store.error import ModelError, StoreError
from swapbench_models.store.family import Description, Family, Model
from swapbench_models.store.sealed import Sealed
from swapbench_models.store.store import Entry, Stored

_FOLDER = "model"  # of the artifacts of a run
_LOGIN = re.compile(r"(\w://)[^/@\s]*@")
_MODELS_KEPT = 100
_FRESH_S = 600.0
# MLflow's own patience with a server that does not answer is many minutes, and it draws a bar for each file.
_MANNERS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


@dataclass
class MlflowStore(Generic[Model]):
    """Keeps models of a family in MLflow at `uri`: a server's address, or a file of SQLite's, beside which a folder
    `artifacts` is made.

    Models that were read are kept in memory, the last hundred, and looked up again after ten minutes. One whose files
    do not come within `fetch_timeout_s` seconds cannot be used. `advice` says what to do about a store that does not
    work.
    """

    family: Family[Model]
    uri: str
    fetch_timeout_s: float = 60.0
    advice: str = "Start it, or name another."
    _client: MlflowClient = field(init=False)
    _read: OrderedDict[str, tuple[float, Stored[Model] | None]] = field(default_factory=OrderedDict)
    _ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise StoreError when the store does not answer."""
        for name, value in _MANNERS.items():
            os.environ.setdefault(name, value)
        self.uri = _absolute(self.uri)
        with self._answering():
            self._client = MlflowClient(self.uri, self.uri)
            self._client.search_experiments(max_results=1)

    def put(self, model: Model, entry: Entry) -> str:
        told = self.family.describe(model, entry.facts)
        with self._answering():
            run = self._client.create_run(self._experiment(entry.experiment), run_name=told.run, tags={**entry.owner})
            try:
                self._log(run.info.run_id, model, told)
                version = self._registered(entry, run)
            except BaseException:
                self._client.set_terminated(run.info.run_id, "FAILED")
                raise
            self._client.set_terminated(run.info.run_id, "FINISHED")
        self._read.pop(entry.name, None)
        return f"{entry.name}:{version}"

    def latest(self, name: str) -> Stored[Model] | None:
        when, stored = self._read.get(name, (-_FRESH_S, None))
        if time.monotonic() - when >= _FRESH_S:
            stored = self._fetched(name, stored)
            self._read[name] = time.monotonic(), stored
        self._read.move_to_end(name)
        while len(self._read) > _MODELS_KEPT:
            self._read.popitem(last=False)
        return stored

    def _log(self, run_id: str, model: Model, told: Description) -> None:
        self._client.log_batch(run_id, mlflow_model.metrics(told), mlflow_model.params(told))
        with tempfile.TemporaryDirectory() as folder:
            mlflow_model.write(Path(folder), _FOLDER, run_id, self.family.save(model), told)
            self._client.log_artifacts(run_id, folder, _FOLDER)

    def _registered(self, entry: Entry, run: Any) -> str:
        """Make what a run has logged the next version of a registered model; return its number."""
        try:
            self._client.create_registered_model(entry.name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        tags = {name: str(value) for name, value in entry.facts.items()}
        place = f"{run.info.artifact_uri}/{_FOLDER}"
        return str(self._client.create_model_version(entry.name, place, run.info.run_id, tags=tags).version)

    def _fetched(self, name: str, known: Stored[Model] | None) -> Stored[Model] | None:
        """Return the last version, which is read unless it is the one that is known already."""
        with self._answering():
            found = self._client.search_model_versions(f"name='{name}'", 1, ["version_number DESC"])
        if not found:
            return None
        label = f"{name}:{found[0].version}"
        if known is not None and known.label == label:
            return known
        return Stored(label, self._read_from(str(found[0].source), label))

    def _read_from(self, place: str, label: str) -> Model:
        """Return the model whose files are at a place; raises ModelError, for the store does answer."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                path = self._in_time(lambda: download_artifacts(place, dst_path=folder, tracking_uri=self.uri))
                return self.family.load(Sealed(Path(path) / mlflow_model.DATA))
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

    def _experiment(self, title: str) -> str:
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
                f"The store of models at {_shown(self.uri)} does not work: {_first_line(error)} {self.advice}"
            ) from error


def _shown(uri: str) -> str:
    """Return an address without the name and the password that may stand in it."""
    return _LOGIN.sub(r"\1", uri)


def _first_line(error: Exception) -> str:
    return _shown(str(error).strip().partition("\n")[0][:300])


def _absolute(uri: str) -> str:
    """Return the address of a file of SQLite by its whole path: MLflow keeps what it has opened by its address."""
    kind, _, path = uri.partition(":///")
    return f"{kind}:///{Path(path).resolve()}" if kind == "sqlite" else uri
