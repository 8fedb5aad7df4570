"""Where models are kept: MLflow on SQLite and behind a real server, and the shelf for when it does not work."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mlflow import MlflowClient, pyfunc

from models.fingerprint.autoencoder import AutoEncoder, ResidualAutoEncoder
from models.fingerprint.create import create
from models.fingerprint.error import FingerprintError, StoreError
from models.fingerprint.mlflow_store import MlflowStore
from models.fingerprint.shelf import Shelf
from models.fingerprint.store import About, MemoryStore, Store, model_name

ABOUT = About(datetime(2022, 8, 1, tzinfo=UTC), datetime(2022, 8, 30, tzinfo=UTC), 40, "abc")
AWKWARD = """o'neil.j"r@host.com"""


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "logcount": [float(place % 5) for place in range(40)],
            "result": [place % 7 != 0 for place in range(40)],
            "browser": ["Chrome" if place % 3 else "Edge" for place in range(40)],
        }
    )


@pytest.fixture(scope="module")
def model(rows: pl.DataFrame) -> AutoEncoder:
    return create("ae", encoder_layers=(8,), decoder_layers=(8,), epochs=3).fit(rows)


@pytest.fixture(params=["memory", "mlflow"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else MlflowStore(uri=f"sqlite:///{tmp_path}/mlflow.db")


def test_every_store_gives_back_the_last_version_of_a_users_model(
    store: Store, model: AutoEncoder, rows: pl.DataFrame
) -> None:
    assert store.latest(AWKWARD) is None
    other = create("rae", encoder_layers=(8,), decoder_layers=(8,), epochs=1).fit(rows)
    assert store.put(AWKWARD, model, ABOUT) == "DFP-duo-o_quote_neil_dot_j_quotes_r@host_dot_com:1"
    first = store.latest(AWKWARD)
    assert first is not None
    assert first.model.results(rows).equals(model.results(rows))
    assert store.put(AWKWARD, other, ABOUT).endswith(":2")
    second = store.latest(AWKWARD)
    assert second is not None
    assert second.label.endswith(":2")
    assert isinstance(second.model, ResidualAutoEncoder)
    assert store.latest("somebody else") is None


def test_names_follow_a_template_that_may_name_only_what_is_known() -> None:
    assert model_name("DFP-{source}-{user_id}", "duo", "a.b/c:d") == "DFP-duo-a_dot_b_slash_c_colon_d"
    assert model_name("{user_md5}", "duo", "x") == "9dd4e461268c8034f5c8564e155c67a6"
    with pytest.raises(
        FingerprintError, match=r"'\{nobody\}' cannot be filled in: it may name \{source\}, \{user_id\}"
    ):
        model_name("{nobody}", "duo", "x")


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")  # MLflow warns of its own types
def test_mlflow_has_what_a_model_was_trained_on_and_how_it_went(
    tmp_path: Path, model: AutoEncoder, rows: pl.DataFrame
) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    MlflowStore("azure", uri).put("ann", model, ABOUT)
    client = MlflowClient(uri, uri)
    (version,) = client.search_model_versions("name='DFP-azure-ann'")
    run = client.get_run(version.run_id)
    assert client.get_experiment(run.info.experiment_id).name == "dfp/azure/training/DFP-azure-ann"
    assert run.info.status == "FINISHED"
    assert version.tags == {"start": str(ABOUT.start), "end": str(ABOUT.end), "count": "40", "schema": "abc"}
    params = run.data.params
    assert (params["Algorithm"], params["Epochs"], params["Log Count"]) == ("Denoising autoencoder", "3", "40")
    assert params["swap_probability"] == "0.2"
    assert model.progress is not None
    losses = client.get_metric_history(version.run_id, "validation_loss")
    assert [each.value for each in losses] == model.progress.validation_losses
    assert run.data.metrics["usual_loss.browser"] == pytest.approx(model.usual_losses["browser"])
    loaded = pyfunc.load_model(version.source)
    assert loaded.metadata.signature.inputs.input_names() == ["logcount", "result", "browser"]
    assert loaded.predict(rows.to_pandas())["mean_abs_z"].tolist() == model.results(rows)["mean_abs_z"].to_list()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the address of an MLflow server, and what starts it (again); the process that this returns can be ended."""
    port, running = _free_port(), list[subprocess.Popen[bytes]]()
    uri = f"http://127.0.0.1:{port}"

    def start() -> subprocess.Popen[bytes]:
        command = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        places = [
            "--backend-store-uri",
            f"sqlite:///{tmp_path}/server.db",
            "--artifacts-destination",
            str(tmp_path / "a"),
        ]
        with (tmp_path / "server.log").open("ab") as log:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "mlflow", *command, *places], stdout=log, stderr=log, start_new_session=True
                )
            )
        _wait_for(f"{uri}/health", running[-1])
        return running[-1]

    yield uri, start
    for process in running:
        _end(process)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310  # of this machine
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer within a minute")


def test_a_stopped_server_loses_no_model(
    tmp_path: Path, server: tuple[str, Callable[[], Any]], model: AutoEncoder, rows: pl.DataFrame
) -> None:
    uri, start = server
    process = start()
    store, shelf = MlflowStore("duo", uri), Shelf(tmp_path / "shelf")
    assert store.put("ann", model, ABOUT) == "DFP-duo-ann:1"
    _end(process)
    with pytest.raises(StoreError, match=rf"The store of models at {uri} does not work: .* Start it, or name another"):
        store.put("bob", model, ABOUT)
    with pytest.raises(StoreError):
        MlflowStore("duo", uri).latest("ann")
    shelf.put("bob", model, ABOUT)
    start()
    again = MlflowStore("duo", uri)
    assert [*shelf.send(again)] == ["DFP-duo-bob:1"]
    assert shelf.waiting() == []
    found = again.latest("bob")
    assert found is not None
    assert found.model.results(rows).equals(model.results(rows))
