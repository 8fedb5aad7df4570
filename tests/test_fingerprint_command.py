"""`python -m swapbench_models.fingerprint` as its user runs it: files to detections, bad input, no store."""

import io
import json
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mlflow import MlflowClient
from moto.server import ThreadedMotoServer
from sklearn.metrics import average_precision_score

from swapbench_models.fingerprint.command.main import main
from swapbench_models.fingerprint.control import inputs, kafka
from swapbench_models.fingerprint.control.messages import messages
from swapbench_models.fingerprint.logs.generate import Plan, write

DATA = Path(__file__).parent / "data" / "fingerprint"
SMALL = ["--set", "encoder_layers=[32]", "decoder_layers=[32]", "optimizer=adam", "learning_rate=0.01"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mlflow_database: Path) -> Path:
    """A folder of its own with an empty store."""
    shutil.copy(mlflow_database, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a month of four people, the anomalies in its last days."""
    folder = tmp_path_factory.mktemp("month")
    write(Plan(users=4, days=16, clean_days=11, anomalies=0.15), "duo", folder)
    return folder


def run(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Return the exit status of a command and its summary."""
    import contextlib

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main([*map(str, arguments), "--json"])
    return status, json.loads(out.getvalue()) if out.getvalue() else {}


def anomalies(folder: Path, found: pl.DataFrame) -> list[bool]:
    """Tell of each detection whether it was planted."""
    labels = pl.read_csv(folder / "labels.csv").select(pl.col("timestamp").str.strip_suffix("Z"), "username")
    planted = set(labels.iter_rows())
    moments = found["timestamp"].str.slice(0, 23)
    return [pair in planted for pair in zip(moments, found["username"], strict=True)]


def test_from_half_a_month_of_logs_to_the_planted_anomalies(here: Path, month: Path) -> None:
    logs = month / "DUO*.json"
    trained = run("train", "-f", logs, "--start_time", "2022-08-01", "--duration", "11d", "--epochs", 20, *SMALL)
    assert trained[0] == 0
    assert trained[1]["counts"]["models trained"] == 5
    status, told = run("infer", "-f", logs, "--start_time", "2022-08-12", "--filter_threshold", -1, "-o", "found.csv")
    assert status == 0
    found = pl.read_csv(here / "found.csv")
    assert told["output"] == "found.csv"
    assert len(found) == told["counts"]["detections"] == told["counts"]["rows scored"]
    planted = anomalies(month, found)
    assert average_precision_score(planted, found["mean_abs_z"].to_numpy()) > 2 * sum(planted) / len(planted)
    assert found.columns[-2:] == ["model_version", "event_time"]
    status, told = run("evaluate", "found.csv", month / "labels.csv")
    assert status == 0
    assert (told["found rows"], told["found incidents"]) == (told["planted rows"], told["incidents"])
    assert told["average precision"] == pytest.approx(average_precision_score(planted, found["mean_abs_z"].to_numpy()))


def test_commands_without_a_model_do_not_load_what_computes_one(here: Path) -> None:
    """They would take seconds longer to begin."""
    (here / "found.csv").write_text("timestamp,username,mean_abs_z\n2022-08-01T00:00:00.000,ann,1.0\n")
    steps = [
        ["generate", "logs", "--users", "1", "--days", "3"],
        ["preprocess", "logs/DUO*.json", "--output", "features.csv"],
        ["evaluate", "found.csv", "logs/labels.csv"],
    ]
    code = f"""
import sys
from swapbench_models.fingerprint.command.main import main
assert [main(step) for step in {steps}] == [0, 0, 0]
print(*{{"torch", "mlflow", "confluent_kafka"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, [""]), done.stdout + done.stderr


def test_stacked_training_gives_the_same_detections(here: Path, month: Path) -> None:
    found = {}
    for variant in ("", "stacked"):
        named = ("--mlflow_model_name_template", f"models{variant}-{{user_id}}")
        asked = ("-f", month / "DUO*.json", *named, "--only_user", "user0001@example.com", "user0002@example.com")
        status = run("train", *asked, "--variant", variant, "--train_users", "individual", "--epochs", 3, *SMALL)[0]
        assert status == 0
        assert run("infer", *asked, "--filter_threshold", 0.5, "-o", f"found{variant}.csv")[0] == 0
        found[variant] = pl.read_csv(here / f"found{variant}.csv")
    one, other = found.values()
    assert one["timestamp"].to_list() == other["timestamp"].to_list()
    assert one["mean_abs_z"].to_numpy() == pytest.approx(other["mean_abs_z"].to_numpy(), rel=1e-3)


def test_what_cannot_be_used_is_named_and_the_rest_is_worked_through(here: Path) -> None:
    logs = here / "logs"
    write(Plan(users=2, days=3), "duo", logs)
    (logs / "DUO_2022-08-02T01_00_00.000Z.json").write_text('[{"timestamp": ')
    lonely = {"timestamp": "2022-08-03T10:00:00Z", "user": {"name": "lonely"}, "result": "fraud"}
    (logs / "DUO_2022-08-03T10_00_00.000Z.json").write_text(json.dumps([lonely, {**lonely, "user": None}]))
    status, told = run("train", "-f", logs / "DUO*.json", "--epochs", 1, *SMALL)
    counts = told["counts"]
    assert status == 1
    assert counts["models trained"] == 3
    assert counts["bad files"] == counts["users whose training failed"] == counts["rows without a time or a user"] == 1
    poisoned, too_few = told["failures"]
    assert "DUO_2022-08-02T01_00_00.000Z.json: " in poisoned
    assert too_few.startswith("user lonely: 1 rows are too few")


def test_without_any_model_nothing_is_found_and_the_status_says_so(here: Path, month: Path) -> None:
    status, told = run("infer", "-f", month / "DUO*.json")
    assert status == 2
    assert told["counts"]["rows without a model"] == told["counts"]["rows"]
    assert told["output"] is None
    assert not (here / "dfp_detections_duo.csv").exists()


def test_a_full_disk_is_told_in_one_line_and_keeps_what_was_written(
    here: Path, month: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("-f", month / "DUO*.json", "--only_user", "user0001@example.com")
    assert run("train", *common, "--epochs", 1, *SMALL)[0] == 0
    (here / "full.csv").symlink_to("/dev/full")
    status, _ = run("infer", *common, "--filter_threshold", -1, "-o", "full.csv", "--overwrite")
    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert "full.csv" in error
    assert "No space left on device" in error


def test_models_wait_for_a_store_that_stopped(here: Path, month: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from swapbench_models.store import mlflow_store
    from swapbench_models.store.error import StoreError

    def stopped(*_: object) -> str:
        raise StoreError("The store of models does not work: stopped.")

    common = ("-f", month / "DUO*.json", "--only_user", "user0001@example.com")
    with monkeypatch.context() as changed:
        changed.setattr(mlflow_store.MlflowStore, "put", stopped)
        status, told = run("train", *common, "--epochs", 1, *SMALL)
    assert status == 1
    assert told["counts"]["models that the store did not take"] == 2
    assert all("Meanwhile the model is in " in line for line in told["failures"])
    assert main(["register"]) == 0
    assert run("infer", *common, "--filter_threshold", -1)[0] == 0


def test_the_seeds_own_command_trains_and_infers(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    morpheus = here / "production" / "morpheus"
    shutil.copytree(DATA / "control_messages", morpheus / "control_messages")
    monkeypatch.chdir(morpheus)
    for part in ("training", "inference"):
        write(Plan(users=2, days=2), "duo", here / "data" / "dfp" / f"duo-{part}-data")
        os.remove(here / "data" / "dfp" / f"duo-{part}-data" / "labels.csv")
    command = (
        '--log_level DEBUG --use_cpp=true --source duo --start_time "2022-08-01" --duration "60d" '
        '--train_users generic --input_file "./control_messages/duo_payload_load_train_inference.json"'
    )
    with monkeypatch.context() as quiet:
        quiet.setattr(logging.getLogger(), "setLevel", lambda _: None)
        ours = ("--epochs", 1, *SMALL, "--tracking_uri", f"sqlite:///{here}/mlflow.db", "--filter_threshold", -1)
        status, told = run("run", *shlex.split(command), *ours)
    assert status == 0
    assert told["counts"]["models trained"] == 1
    assert told["counts"]["users scored by the model for all"] == 2
    assert told["counts"]["detections"] == told["counts"]["rows scored"] > 0


@pytest.mark.long
def test_every_control_message_of_the_reference_works(here: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    morpheus = here / "production" / "morpheus"
    morpheus.mkdir(parents=True)
    monkeypatch.chdir(morpheus)
    for source in ("duo", "azure"):
        for part in ("training", "inference"):
            write(Plan(users=2, days=4), source, here / "data" / "dfp" / f"{source}-{part}-data")
            os.remove(here / "data" / "dfp" / f"{source}-{part}-data" / "labels.csv")
    _upload(s3, "morpheus-testing", here / "data" / "dfp")
    for source in ("duo", "azure"):
        messages = DATA / "control_messages"
        options = ("--source", source, "--train_users", "generic", "--epochs", 1, *SMALL, "--filter_threshold", -1)
        files = (messages / f"{source}_payload_training.json", messages / f"{source}_*.json")
        status, told = run("run", *(part for file in files for part in ("--control-message", file)), *options)
        only_loading = sum("only_load" in path.name for path in messages.glob(f"{source}_*"))
        told_of = [line for line in told["failures"] if "neither trains nor looks" not in line]
        assert told_of == []
        assert len(told["failures"]) == told["counts"].get("messages without work", 0) >= only_loading
        assert status == (1 if only_loading else 0)
        assert told["counts"]["models trained"] > 0
        assert told["counts"]["detections"] == told["counts"]["rows scored"] > 0


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of a server that speaks as S3 does, which every s3:// path goes to."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": address,
    }.items():
        monkeypatch.setenv(name, value)
    yield address
    server.stop()


def _upload(address: str, bucket: str, folder: Path) -> None:
    import boto3

    client = boto3.client("s3", endpoint_url=address)
    client.create_bucket(Bucket=bucket)
    for path in folder.rglob("*.json"):
        client.upload_file(str(path), bucket, f"dfp/{path.relative_to(folder)}")


def test_preprocess_writes_the_references_columns_and_its_defects_only_when_asked(here: Path) -> None:
    raw, golden = DATA / "golden" / "duo_raw.json", DATA / "golden"
    for stage, name in (("source", "after_source_schema.csv"), ("features", "after_preprocess_schema.csv")):
        assert main(["preprocess", "--stage", stage, "--parity", str(raw), "-o", "out.csv"]) == 0
        made, wanted = pl.read_csv("out.csv", infer_schema=False), pl.read_csv(golden / name, infer_schema=False)
        assert made.columns == wanted.columns
        others = [column for column in made.columns if column not in ("timestamp", "result")]
        assert made.select(others).equals(wanted.select(others))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "-f", "nothing/*.json"], "No file matches nothing/*.json"),
        (["train", "-f", "x", "--source", "slack"], "There is no schema 'slack'"),
        (["train", "-f", "x", "--model", "vae"], "There is no model 'vae'"),
        (["train", "-f", "x", "--variant", "jax"], "There is no variant 'jax'"),
        (["train", "-f", "x", "--set", "depth"], "write NAME=VALUE"),
        (["train", "-f", "x", "--set", "depth=3"], "There is no option depth"),
        (["train", "-f", "x", "--start_time", "August"], "start_time 'August'"),
        (["train", "-f", "x", "--duration", "long"], "There is no duration 'long'"),
        (["infer", "-f", "x", "-o", "out.xls"], "out.xls: write to a file that ends in"),
        (["infer", "-f", "x", "--include", "("], "'(' is no pattern"),
        (["infer", "-f", "x", "--log_level", "LOUD"], "There is no log level 'LOUD'"),
        (["run", "--control-message", "nowhere.json"], "No file matches nowhere.json"),
        (["run"], "give its file with --control-message"),
        (["infer", "-f", "x", "--filter_column", "username"], "filter_column 'username': choose one of mean_abs_z"),
        (["infer", "-f", "x", "--filter_source", "tensor", "--filter_column", "pred"], "choose one of z_loss, loss"),
        (["infer", "-f", "x", "-o", "nowhere/d.csv"], "nowhere/d.csv cannot be written: No such file"),
        (["train", "-f", "x", "--duration", "99999999999d"], "99999999999d from now on is beyond the calendar"),
        (["train", "-f", "x", "--start_time", "9999-12-31"], "60d from 9999-12-31 on is beyond the calendar"),
        (["train", "-f", "x", "--set", "validation_size=abc"], "validation_size"),
        (["train", "-f", "x", "--set", "encoder_layers=7"], "encoder_layers=7: the option is tuple[int, ...] | None"),
        (["train", "-f", "x", "--max_history", "long"], "There is no span 'long'"),
        (["train", "-f", "x", "--max_history", "99999999999d"], "is longer than anything is kept"),
        (
            ["train", "-f", "x", "--mlflow_model_name_template", "{source.foo}-{user_id}"],
            "'{source.foo}-{user_id}' cannot be filled in",
        ),
        (["train", "-f", "x", "--mlflow_experiment_name_template", "{0}"], "'{0}' cannot be filled in"),
        (["generate", "g", "--start_time", "9999-12-20"], "end after the year 9999"),
        (["listen", "--poll_interval", "99999999999D"], "poll_interval '99999999999D'"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    here: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "-f", "x", "--watch_interval", "-1"], "expected a number above 0"),
        (["train", "-f", "x", "--seed", "4294967296"], "expected a whole number up to 4294967295"),
        (["train", "-f", "x", "--sample_rate_s", "-5"], "expected a whole number from 0 on"),
        (["infer", "-f", "x", "--filter_threshold", "nan"], "expected a number"),
    ],
)
def test_what_is_no_value_of_an_option_is_a_usage_error(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert words in capsys.readouterr().err


def test_a_window_without_any_file_ends_with_two_and_says_so(
    here: Path, month: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = run("train", "-f", month / "DUO*.json", "--start_time", "2030-01-01", "--epochs", 1, *SMALL)
    assert status == 2
    assert re.search(r"none of its \d+ files was written from 2030-01-01 to 2030-03-02", told["failures"][0])
    assert main(["parallel", "-f", str(month), "--start_time", "2030-01-01", "--train_users", "generic"]) == 2
    assert re.search(r"None of the \d+ files was written from 2030-01-01", capsys.readouterr().err)


def test_where_no_row_is_left_the_status_is_two(here: Path, month: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "-f", month / "DUO*.json", "--only_user", "nobody", *SMALL)[0] == 2
    assert capsys.readouterr().err == "Nothing was done: not one row is left to work on.\n"


def test_a_pattern_that_the_shell_has_written_out_is_as_good(here: Path, month: Path) -> None:
    names = sorted(month.glob("DUO*.json"))
    status, told = run("train", "-f", *names[:3], "-f", names[3], "--epochs", 1, "--train_users", "generic", *SMALL)
    assert status == 0
    assert told["counts"]["files"] == 4


def test_overwriting_with_nothing_leaves_no_former_detections(here: Path, month: Path) -> None:
    common = ("-f", month / "DUO*.json", "--only_user", "user0001@example.com")
    assert run("train", *common, "--epochs", 1, "--train_users", "generic", *SMALL)[0] == 0
    assert run("infer", *common, "--filter_threshold", -1)[0] == 0
    assert (here / "dfp_detections_duo.csv").exists()
    nowhere = run("infer", *common, "--start_time", "2030-01-01", "--overwrite")
    assert (nowhere[0], (here / "dfp_detections_duo.csv").exists()) == (2, True)
    status, told = run("infer", *common, "--filter_threshold", 1e9, "--overwrite")
    assert (status, told["output"]) == (0, None)
    assert not (here / "dfp_detections_duo.csv").exists()


def test_without_being_told_to_nothing_is_overwritten(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "dfp_detections_duo.csv").write_text("dear")
    monkeypatch.setenv("DFP_OVERWRITE", "false")
    assert main(["infer", "-f", "x"]) == 2
    assert "dfp_detections_duo.csv is there already; give --overwrite to replace it" in capsys.readouterr().err
    assert (here / "dfp_detections_duo.csv").read_text() == "dear"


def test_watched_training_is_on_all_there_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(Plan(users=1, days=8), "duo", here / "logs")
    late = {"timestamp": "2022-08-09T10:00:00Z", "user": {"name": "user0000@example.com"}, "result": "success"}

    def happens() -> Iterator[None]:
        yield
        (here / "logs" / "DUO_2022-08-09T09_00_00.000Z.json").write_text(json.dumps([late] * 5))
        yield
        yield
        raise KeyboardInterrupt

    steps = happens()
    monkeypatch.setattr(inputs.time, "sleep", lambda _: next(steps))
    watching = ("train", "-f", here / "logs" / "DUO*.json", "--watch_inputs", "--train_users", "generic")
    status, told = run(*watching, "--epochs", 1, *SMALL)
    counts = told["counts"]
    assert (status, counts["messages"], counts["models trained"]) == (130, 2, 2)
    first = (counts["rows"] - 5) // 2
    assert counts["rows"] == 2 * first + 5
    client = MlflowClient("sqlite:///mlflow.db")
    versions = client.search_model_versions("name='DFP-duo-generic_user'")
    assert {version.tags["count"] for version in versions} == {str(first), str(first + 5)}


def test_streamed_files_wait_as_the_options_say(here: Path, month: Path) -> None:
    logs = ("-f", month / "DUO*.json", "--data_type", "streaming", "--period", "4D", "--train_users", "generic")
    window = ("--min_history", 10, "--min_increment", 1, "--max_history", "8d")
    status, told = run("train", *logs, *window, "--epochs", 1, *SMALL)
    assert (status, told["counts"]["models trained"]) == (0, 4)
    assert told["counts"]["rows that the model for all was trained on"] > told["counts"]["rows"]
    status, told = run("train", *logs, "--min_history", 10**6, "--cache_dir", "other", "--epochs", 1, *SMALL)
    assert (status, told["counts"].get("models trained")) == (0, None)
    assert told["counts"]["batches of users that wait for more rows"] == 4


def test_names_that_are_no_text_are_told_all_the_same(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = os.fsdecode(b"logs\xff")
    (here / name).mkdir()
    (here / name / "a.json").write_text("[{")
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["train", "-f", name, "--epochs", "1"]) == 2
    out.seek(0)
    assert "logs\\udcff/a.json: it is not JSON" in out.read()


def test_a_listener_goes_on_after_what_it_cannot_use(
    here: Path, month: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load = {"type": "load", "properties": {"files": [str(month / "DUO*.json")]}}
    good = {"tasks": [load, {"type": "training", "properties": {}}], "metadata": {"data_type": "payload"}}
    endless = {**good, "metadata": {"data_type": "payload", "batching_options": {"period": "999999999999D"}}}
    given = [*messages(json.dumps({"inputs": [endless, good]}), "topic t, offset 7")]
    monkeypatch.setattr(kafka.Subscription, "messages", lambda _: iter(given))
    status, told = run("listen", "--epochs", 1, "--train_users", "generic", *SMALL)
    assert (status, told["counts"]["models trained"]) == (1, 1)
    assert "offset 7, inputs[0]: There is no period '999999999999D'" in capsys.readouterr().err
    (letter,) = (here / ".cache" / "dfp" / "dead_letters.jsonl").read_text().splitlines()
    assert json.loads(json.loads(letter)["text"]) == {"inputs": [endless]}
