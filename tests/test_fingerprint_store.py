"""Where users' models are kept: MLflow on SQLite and behind a real server, and the shelf for when it does not work."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mlflow import MlflowClient, pyfunc

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder, ResidualAutoEncoder
from swapbench_models.fingerprint.model.create import create
from swapbench_models.fingerprint.model.stored import AutoEncoders
from swapbench_models.fingerprint.pipeline.usermodels import NOTED, About, Names, UserModels
from swapbench_models.store.error import ModelError, StoreError, TemplateError
from swapbench_models.store.memory import MemoryStore
from swapbench_models.store.mlflow_store import MlflowStore
from swapbench_models.store.shelf import Shelf

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


@pytest.fixture
def mlflow_uri(tmp_path: Path, mlflow_database: Path) -> str:
    return f"sqlite:///{shutil.copy(mlflow_database, tmp_path)}"


def in_mlflow(uri: str, source: str = "duo") -> UserModels:
    return UserModels(MlflowStore(AutoEncoders(), uri), Names(source))


@pytest.fixture(params=["memory", "mlflow"])
def store(request: pytest.FixtureRequest, mlflow_uri: str) -> UserModels:
    return UserModels(MemoryStore()) if request.param == "memory" else in_mlflow(mlflow_uri)


def test_every_store_gives_back_the_last_version_of_a_users_model(
    store: UserModels, model: AutoEncoder, rows: pl.DataFrame
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
    assert Names().of("a.b/c:d") == "DFP-duo-a_dot_b_slash_c_colon_d"
    assert Names(template="{user_md5}").of("x") == "9dd4e461268c8034f5c8564e155c67a6"
    for template in ("{user_id}{nobody}", "{user_id}{source.nobody}", "{user_id}{", "{user_id}{0}"):
        with pytest.raises(TemplateError, match=r" cannot be filled in: it may name \{source\}, \{user_id\}"):
            Names(template=template)
    with pytest.raises(TemplateError, match=r"'\{user\}' cannot be filled in: it may name \{source\}, \{reg_model"):
        Names(experiments="{user}")


@pytest.mark.parametrize("template", ["DFP-{source}", "all", "{user_id:.2}"])
def test_a_template_that_would_give_users_one_model_is_refused(template: str) -> None:
    with pytest.raises(FingerprintError, match=r"gives all users one name: put \{user_id\} or"):
        Names(template=template)


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")  # MLflow warns of its own types
def test_mlflow_has_what_a_model_was_trained_on_and_how_it_went(
    mlflow_uri: str, model: AutoEncoder, rows: pl.DataFrame
) -> None:
    uri = mlflow_uri
    in_mlflow(uri, "azure").put("ann", model, ABOUT)
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
    told = loaded.metadata.flavors["python_function"]
    assert told["env"] == {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
    assert told["loader_module"] == "swapbench_models.fingerprint.mlflow_store", "models that are stored name it"
    assert "polars==" in Path(pyfunc.get_model_dependencies(version.source, "conda")).read_text()
    assert loaded.metadata.signature.inputs.input_names() == ["logcount", "result", "browser"]
    assert loaded.predict(rows.to_pandas())["mean_abs_z"].tolist() == model.results(rows)["mean_abs_z"].to_list()


def flipped(path: Path) -> None:
    """Flip two bits in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0b101
    path.write_bytes(content)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *product(["weights.safetensors", "model.json"], [flipped, truncated, Path.unlink]),
        *product(["SHA256SUMS"], [flipped, Path.unlink]),
    ],
)
def test_a_model_whose_files_are_not_what_was_written_is_refused_by_name(
    tmp_path: Path, model: AutoEncoder, name: str, damage: Callable[[Path], None]
) -> None:
    model.save(tmp_path)
    damage(tmp_path / name)
    with pytest.raises(ModelError, match=rf"^The model in {tmp_path} is (damaged|not whole): .*{name}"):
        AutoEncoder.load(tmp_path)


def test_checksums_are_what_sha256sum_checks(tmp_path: Path, model: AutoEncoder) -> None:
    model.save(tmp_path)
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True)


def test_the_damaged_model_of_one_user_is_named_and_those_of_others_still_come(
    mlflow_uri: str, model: AutoEncoder, rows: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = in_mlflow(mlflow_uri)
    for user in ("ann", "bob"):
        store.put(user, model, ABOUT)
    (version,) = MlflowClient(mlflow_uri, mlflow_uri).search_model_versions("name='DFP-duo-ann'")
    artifacts = Path(version.source.removeprefix("file://"))
    flipped(artifacts / "data" / "weights.safetensors")
    with pytest.raises(ModelError, match=r"^DFP-duo-ann:1: .*weights\.safetensors is not what"):
        store.latest("ann")
    shutil.rmtree(artifacts)
    with pytest.raises(ModelError, match=r"^DFP-duo-ann:1: its files at .* cannot be read"):
        store.latest("ann")
    found = store.latest("bob")
    assert found is not None
    assert found.model.results(rows).equals(model.results(rows))
    hasty = UserModels(MlflowStore(AutoEncoders(), mlflow_uri, fetch_timeout_s=0.01))
    monkeypatch.setattr("swapbench_models.store.mlflow_store.download_artifacts", lambda *_, **__: time.sleep(0.5))
    with pytest.raises(ModelError, match=r"^DFP-duo-bob:1: .* did not come within 0\.01 seconds"):
        hasty.latest("bob")


def test_the_shelf_knows_of_what_source_a_model_is_and_keeps_what_is_damaged(
    tmp_path: Path, model: AutoEncoder
) -> None:
    azure, duo = (UserModels(MemoryStore(), Names(source)) for source in ("azure", "duo"))
    shelf = Shelf(AutoEncoders(), tmp_path, NOTED)
    bad = [shelf.put(model, azure.noted("eve", ABOUT)), shelf.put(model, duo.noted("mal", ABOUT))]
    flipped(bad[0] / "weights.safetensors")
    note = (bad[1] / "about.json").read_text()
    assert json.loads(note) == {
        "source": "duo",
        "user": "mal",
        "schema": "abc",
        "count": 40,
        "start": "2022-08-01 00:00:00+00:00",
        "end": "2022-08-30 00:00:00+00:00",
    }
    (bad[1] / "about.json").write_text(note.replace("mal", "max"))
    shelf.put(model, azure.noted("ann", ABOUT))
    sent = [*shelf.send(duo.take)]
    assert [each.label for each in sent if each.label] == ["DFP-azure-ann:1"]
    assert {each.place: str(each.error).partition(": ")[2].split()[0] for each in sent if each.error} == {
        bad[0]: "weights.safetensors",
        bad[1]: "about.json",
    }
    assert {*shelf.waiting()} == {*bad}


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


@pytest.mark.soak
@pytest.mark.long
def test_a_stopped_server_loses_no_model(
    tmp_path: Path, server: tuple[str, Callable[[], Any]], model: AutoEncoder, rows: pl.DataFrame
) -> None:
    uri, start = server
    process = start()
    store, shelf = in_mlflow(uri), Shelf(AutoEncoders(), tmp_path / "shelf", NOTED)
    assert store.put("ann", model, ABOUT) == "DFP-duo-ann:1"
    _end(process)
    with pytest.raises(StoreError, match=rf"The store of models at {uri} does not work: .* Start it, or name another"):
        store.put("bob", model, ABOUT)
    with pytest.raises(StoreError):
        in_mlflow(uri).latest("ann")
    shelf.put(model, store.noted("bob", ABOUT))
    start()
    again = in_mlflow(uri)
    assert [sent.label for sent in shelf.send(again.take)] == ["DFP-duo-bob:1"]
    assert shelf.waiting() == []
    found = again.latest("bob")
    assert found is not None
    assert found.model.results(rows).equals(model.results(rows))
