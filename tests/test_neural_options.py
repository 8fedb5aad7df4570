"""The options of the command of `neural`: what each does, and what it leaves alone."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neural_command as child
from library_process import Ask, process
from neural_command import ran
from swapbench_models.neural.catalogue import MODELS
from swapbench_models.neural.command import running, versions
from swapbench_models.neural.data import digits
from swapbench_models.neural.fitting.plan import plan
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.refusal import GenerationError
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked, check
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.meaning.metrics import COMPUTED
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.scores import score
from swapbench_models.neural.weights import initial_weights

IRIS = (
    "the data set's examples are (4,); choose another data set, or say `input: (4,)`; "
    "--dataset digits or mnist has that shape\n    "
)
NETWORKS = Path(__file__).parent.parent / "models/swapbench_models/neural/networks"
LOGISTIC = NETWORKS / "logistic_regression.neural"
SMALL = "network Small { input: (28, 28, 1) layers: Flatten() Output(10, softmax) train { epochs: 1 } }"
VAST = "network Vast { input: (28, 28, 1) layers: Flatten() Dense(16000000) Dense(16000000) Output(10) }"
LIGHT = "network Light { input: (784, 1) layers: AdaptiveAveragePooling1D(10) Flatten() Activation(softmax) }"
OPEN = """network Open {
  input: (28, 28, 1)
  layers: Flatten() Dense(HPO(choice(4, 8)), HPO(choice("relu", tanh))) Output(10, softmax)
  optimizer: Adam(learning_rate=HPO(log_range(0.001, 0.01)))
  train { epochs: 1 }
}
"""
PLACED = """network Placed {
  input: (6, 6, 1)
  layers:
    Conv2D(2, 3, padding="same") @ "cuda"
    MaxPooling2D(2)
    Reshape((9, 2))
    PositionalEncoding() @ "GPU:0"
    Flatten()
    Dense(3, "relu")
    Dropout(0.5) @ "cuda:0"
    Output(2, "softmax") @ "gpu"
}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with a text and one with hyper-parameters."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.neural").write_text(SMALL)
    (tmp_path / "open.neural").write_text(OPEN)
    (tmp_path / "light.neural").write_text(LIGHT)
    return tmp_path


def checked(text: str) -> Checked:
    (found,) = check(Source(text), options=Options(allow_code=True))
    return found


# Hyper-parameters and data


def test_what_is_left_open_is_told_beside_the_result() -> None:
    status, out, err = ran("compile", "open.neural", "--dry-run")
    assert status == 0
    assert out == generate(checked(OPEN).network, "torch")
    assert err.splitlines() == [
        "open.neural:3:27: note: Dense units takes 4, the first of its choices; --hpo tries others",
        'open.neural:3:46: note: Dense activation takes "relu", the first of its choices; --hpo tries others',
        "open.neural:4:33: note: adam learning_rate takes 0.001, its low end; --hpo tries others",
    ]
    assert "takes 4, the first of its choices; the command search tries others" in ran("visualize", "open.neural")[2]
    assert ran("compile", "small.neural", "--dry-run")[2] == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "small.neural", "--hpo"), "small.neural: Small has no HPO(...), so that there is nothing to try."),
        (("compile", "small.neural", "--hpo"), "small.neural: Small has no HPO(...), so that there is nothing to try"),
        (("run", "open.neural", "--trials", "3"), "--trials says how --hpo tries hyper-parameters; add --hpo, or "),
        (("compile", "open.neural", "--seed", "3"), "--seed says how --hpo tries hyper-parameters; add --hpo, or "),
        (("compile", "open.neural", "-d", "cpu"), "--device says how --hpo tries hyper-parameters; add --hpo, or "),
        *(
            ((command, "small.neural", "--dataset", "iris"), f"small.neural:1:17: Small takes (28, 28, 1), and {IRIS}")
            for command in ("compile", "run", "debug")
        ),
        (("search", "open.neural", "--dataset", "iris"), f"open.neural:2:3: Open takes (28, 28, 1), and {IRIS}"),
        (
            ("compile", "small.neural", "--dataset", "digits", "--data", "x"),
            "digits comes with scikit-learn and has no",
        ),
        (("run", "open.neural", "--hpo", "--folds", "999"), "--folds 999: there are only 174 examples of one class"),
        (("--cpu", "run", "small.neural", "--device", "gpu"), "--cpu and --device gpu: say one of them."),
        (("debug", "small.neural", "-b", "jax"), "debug looks into networks of torch, and not of jax; leave --backend"),
        (("debug", "small.neural", "-b", "jaxx"), "There is no backend 'jaxx'; known are torch, tensorflow, jax, onnx"),
        (("run", "light.neural"), "Light has no weights: there is nothing to train."),
        (("server",), "usage: "),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_written(
    folder: Path, arguments: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "CUDA_VISIBLE_DEVICES", "")
    status, out, err = ran(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith(message)
    assert sorted(file.name for file in folder.iterdir()) == ["light.neural", "open.neural", "small.neural"]


@pytest.mark.parametrize("command", ["run", "debug"])
def test_a_network_larger_than_memory_is_told_in_a_sentence(torch: Ask, folder: Path, command: str) -> None:
    vast = folder / "vast.neural"
    vast.write_text(VAST)
    status, out, err = torch(ran, command, vast)
    assert (status, out) == (2, "")
    assert err.startswith("Vast cannot be built on torch: ")
    assert err.count("\n") == 1


def test_a_data_set_that_fits_changes_nothing_of_what_is_compiled() -> None:
    assert ran("compile", "small.neural", "--dataset", "digits", "--dry-run") == ran(
        "compile", "small.neural", "--dry-run"
    )
    classes = SMALL.replace("10", "9")
    Path("nine.neural").write_text(classes)
    told = ran("compile", "nine.neural", "--dataset", "digits")[2]
    assert told.startswith("nine.neural:1:54: Small leaves (9,), and the data have 10 classes; let it end with ")


def test_a_place_to_keep_things_that_cannot_be_is_told_before_anything_is_trained(folder: Path) -> None:
    (folder / "file").write_text("")
    status, out, err = ran("run", "small.neural", "--save", "file/below")
    assert (status, out) == (2, "")
    assert err == "file/below: cannot be written to (Not a directory); give another folder.\n"


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ("(28, None, 3)", "takes (28, None, 3), and the data set's examples are (28, 28, 1); choose another data set"),
        ("(13)", "say `input: (28, 28, 1)`; --dataset wine has that shape"),
    ],
)
def test_where_the_data_do_not_fit_nothing_is_written_and_those_that_do_are_named(shape: str, told: str) -> None:
    text = SMALL.replace("(28, 28, 1)", shape).replace("Flatten()", "Flatten() Dense(3)" if shape == "(13)" else "")
    Path("other.neural").write_text(text.replace("Flatten()", ""))
    status, out, err = ran("compile", "other.neural", "--dataset", "digits", "--dry-run")
    assert (status, out) == (2, "")
    assert told in err


def test_one_thread_computes_unless_somebody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []
    monkeypatch.setattr(running, "_run", lambda _: seen.append(os.environ.get("OMP_NUM_THREADS")) or 0)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "XLA_FLAGS"):
        monkeypatch.setenv(name, "")  # which the end of this test takes back
        monkeypatch.delenv(name)
    for options in ((), ("--threads", "3"), ()):  # the last one finds what the second has left
        assert ran("run", "small.neural", *options)[0] == 0
    assert seen == ["1", "3", "3"]


def test_a_run_tries_on_what_it_trains_on_and_goes_on_with_the_best(torch: Ask, folder: Path) -> None:
    text = folder / "open.neural"
    options = ("run", text, "--hpo", "--method", "random", "--trials", "3", "--folds", "2", "--cpu", "--json")
    (status, out, err), examples = torch(child.seen, *options)
    assert (status, err) == (0, "")
    found = json.loads(out)
    search = found["search"]
    assert [each["trial"] for each in search["trials"]] == [0, 1, 2]
    assert search["best"] == max(search["trials"], key=lambda each: each["accuracy"])
    assert found["parameters"] == search["best"]["parameters"]
    assert found["devices"] == ["cpu:0"]
    assert examples == [found["train_examples"]] * 6 + [found["train_examples"] + found["test_examples"]]


def test_what_was_trained_is_kept_and_scored_without_training(torch: Ask, folder: Path) -> None:
    def run(*more: str | Path, text: str | Path = folder / "small.neural") -> Any:
        return torch(ran, "run", text, *more, "--json")

    kept = folder / "kept"
    status, out, _ = run("--save", kept)
    trained = json.loads(out)
    assert (status, trained["epochs"]) == (0, 1)
    again = run("--load", kept, text=kept / "network.neural")
    scored = json.loads(again[1])
    assert (again[0], scored["losses"]) == (0, [])
    assert scored["predictions_sha256"] == trained["predictions_sha256"]
    assert run("--save", kept)[0] == 0, "what nobody has edited is written anew"
    assert run("--load", kept, "--seed", "3")[2] == f"{kept}: was trained with seed 0, and not 3; say --seed 0.\n"
    assert run("--load", kept, "--epochs", "3")[2] == "--load trains nothing: leave --epochs out.\n"
    assert run("--load", kept, text=LOGISTIC)[2].startswith(f"{kept}: holds what was trained of another text; ")
    assert run("--load", folder)[2].startswith(f"{folder}/network.json: cannot be read (No such file")
    weights, told = kept / "weights.npz", kept / "network.json"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1])
    assert run("--load", kept)[2] == f"{weights}: is not what was saved there; train it again.\n"
    for text, why in (("[]", "does not say what was trained"), ("{", "is no JSON")):
        told.write_text(text)
        assert run("--load", kept)[2].startswith(f"{told}: {why}")
    assert run("--save", kept)[2].startswith(
        f"{kept}: holds what `run --save` has not written, or somebody has changed"
    )
    assert run("--save", kept, "--force")[0] == 0
    lesson = json.loads(told.read_text())
    told.write_text(json.dumps({**lesson, "data_sha256": "0" * 64}))
    assert run("--load", kept)[2].startswith(f"{kept}: was trained with other examples, of which some may be scored")
    told.write_text(json.dumps(lesson))
    assert run("--load", kept, "--dataset", "DIGITS")[0] == 0
    assert json.loads(run("--load", kept)[1])["predictions_sha256"] == trained["predictions_sha256"]
    converted = folder / "small.onnx"
    assert torch(ran, "convert", kept / "network.neural", "-o", converted, "--weights", weights)[0] == 0


def test_compile_writes_the_best_network(torch: Ask, folder: Path) -> None:
    options = ("--hpo", "--method", "grid", "--folds", "2", "--epochs", "1")
    few = OPEN.replace('HPO(choice("relu", tanh))', "relu").replace("HPO(log_range(0.001, 0.01))", "0.01")
    text, out = folder / "few.neural", folder / "few.py"
    text.write_text(few)
    status, told, _ = torch(ran, "compile", text, *options, "-o", out)
    assert status == 0
    *trials, best, _ = told.splitlines()
    units = best.rpartition(" = ")[2]
    assert [line.rpartition(" = ")[2] for line in trials] == ["4", "8"]
    expected = generate(checked(few.replace("HPO(choice(4, 8))", units)).network, "torch")
    assert out.read_text().startswith(expected)
    status, told, err = torch(ran, "compile", text, *options, "--dry-run")
    assert (status, told) == (0, expected)
    assert err.splitlines() == [*trials, best]


def test_a_run_computes_the_metrics_that_its_text_names(torch: Ask, folder: Path) -> None:
    text = folder / "asked.neural"
    names = ("precision", "f1_score", "AUC", "bce", "top_k_accuracy", "perplexity")
    text.write_text(SMALL.replace("train {", f"metrics: [{', '.join(names)}] train {{"))
    status, out, _ = torch(ran, "run", text, "--json")
    found = json.loads(out)
    measured = found["metrics"]
    assert (status, [*measured]) == (0, [name.lower() for name in names])
    assert measured.pop("perplexity") is None
    assert measured["f1_score"] == found["macro_f1"]
    assert found["accuracy"] < measured["top_k_accuracy"] < 1
    assert 0.5 < measured["precision"] < measured["auc"] < 1
    assert 0 < measured["bce"] < found["log_loss"]
    told = torch(ran, "run", text)[1].splitlines()[-1]
    assert told.startswith(f"as the text asks: precision {measured['precision']:.4f}, f1_score ")
    assert told.endswith("perplexity is not computed")
    assert len(torch(ran, "run", folder / "small.neural")[1].splitlines()) == 2


def test_every_metric_is_what_it_is_by_hand() -> None:
    second, truth = np.array([0.1, 0.6, 0.4, 0.9]), np.array([0, 0, 1, 1])
    likely = np.stack((1 - second, second), axis=1)
    lost = -np.log([0.9, 0.4, 0.4, 0.9]).mean()
    expected = dict.fromkeys(COMPUTED.values(), 0.5)
    expected |= {"auc": 0.75, "top_5_accuracy": 1, "log_loss": lost, "binary_cross_entropy": lost}
    found = {name: score(name, truth, likely.argmax(axis=1), likely) for name in set(COMPUTED.values())}
    assert found == pytest.approx(expected)

    truth, likely = np.arange(6), np.full((6, 6), 0.04) + np.eye(6) * 0.76
    likely[0] = likely[0, ::-1]
    likely[0, 0] = 0.01
    labels = likely.argmax(axis=1)
    assert [score(name, truth, labels, likely) for name in ("precision", "recall", "f1")] == pytest.approx(
        [(4 + 0.5) / 6, 5 / 6, (4 + 2 / 3) / 6]
    )
    assert score("top_5_accuracy", truth, labels, likely) == pytest.approx(5 / 6)


def test_what_a_loss_takes_for_a_logit_is_one_in_predictions_too(torch: Ask, folder: Path) -> None:
    text = "network One { input: (30) layers: Output(1, sigmoid) loss: bce optimizer: SGD(0.5) train { epochs: 3 } }"
    (folder / "head.neural").write_text(text)
    (folder / "logit.neural").write_text(text.replace(", sigmoid", "").replace("bce", "bce(from_logits=true)"))
    head, logit = (
        json.loads(torch(ran, "run", folder / name, "--dataset", "breast_cancer", "--json")[1])
        for name in ("head.neural", "logit.neural")
    )
    assert {**head, "fit_seconds": 0} == {**logit, "fit_seconds": 0}
    assert head["accuracy"] > 0.9


# Away with it


def test_clean_removes_what_the_command_wrote_and_nothing_else(folder: Path) -> None:
    forms = ("html", "svg", *(("png",) if importlib.util.find_spec("matplotlib") else ()))
    for form in forms:
        ran("visualize", "small.neural", "--format", form)
    for backend in ("torch", "onnx", "jax"):
        ran("compile", "small.neural", "-b", backend)
    edited, drawn = Path("small_jax.py"), Path("small.svg")
    edited.write_text(edited.read_text().replace("Small", "Larger"))
    drawn.write_text(drawn.read_text().replace("Small", "Larger"))
    Path("mine.py").write_text("print('not ours')\n")
    Path("link.py").symlink_to("small_torch.py")
    Path("below").mkdir()
    ran("compile", "small.neural", "-o", "below/small_torch.py")
    before = sorted(folder.rglob("*"))

    status, out, _ = ran("clean")
    assert status == 0
    assert out.splitlines() == [
        "small_jax.py: kept, for it has been edited",
        "small_onnx.py: would be removed",
        "small_torch.py: would be removed",
        "clean --yes removes 2 files.",
    ]
    assert sorted(folder.rglob("*")) == before
    assert "small_torch.py: removed" in ran("clean", "--yes")[1]
    gone = {folder / name for name in ("small_onnx.py", "small_torch.py")}
    assert sorted(folder.rglob("*")) == [file for file in before if file not in gone]
    assert "small.svg: kept, for it has been edited" in ran("clean", "--all", "--yes")[1]
    gone |= {folder / f"small.{form}" for form in forms if form != "svg"}
    assert sorted(folder.rglob("*")) == [file for file in before if file not in gone]
    assert ran("clean")[1].splitlines()[-1] == "There is nothing to remove."


def test_what_is_written_can_be_read_and_is_known_again() -> None:
    image = pytest.importorskip("PIL.Image")
    ran("visualize", "small.neural", "--format", "png")
    with image.open("small.png") as read:
        read.load()
        assert {"Drawing", "Seal"} <= read.info.keys()
    assert "holds this drawing of Small already" in ran("visualize", "small.neural", "--format", "png")[1]
    ran("compile", "small.neural")
    compile(Path("small_torch.py").read_text(), "small_torch.py", "exec")


# What is told of the command itself


def test_versions_are_told_without_importing_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    told_by = "import sys; from swapbench_models.neural.command.main import main; main(['version']); "
    told_by += "assert not {'torch', 'tensorflow', 'jax', 'keras', 'onnx', 'sklearn'} & set(sys.modules)"
    out = subprocess.run((sys.executable, "-c", told_by), capture_output=True, text=True, check=True).stdout
    told = dict(line.split(None, 1) for line in out.splitlines())
    assert told["numpy"] == np.__version__
    assert ran("--version") == (0, out, "")
    monkeypatch.setattr(versions, "_PACKAGES", ("numpy", "no-such-package"))
    assert ran("version")[1].splitlines()[1] == "no-such-package  not installed"
    assert json.loads(ran("version", "--json")[1])["no-such-package"] is None


def test_more_is_told_beside_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("places.neural").write_text("network Places { input: (4, 3) layers: Output(2) }")
    quiet = ran("compile", "places.neural", "--dry-run")
    for arguments in (("-v", "compile", "places.neural", "--dry-run"), ("compile", "places.neural", "--dry-run", "-v")):
        status, out, err = ran(*arguments)
        assert (status, out) == quiet[:2]
        first, note, second = err.splitlines()
        assert first.startswith("checked in 0.")
        assert note.startswith("places.neural:1:")
        assert second.startswith("generated in 0.")


@pytest.mark.parametrize("arguments", [("--cpu", "list"), ("list", "--cpu")])
def test_the_processor_is_all_that_libraries_see(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"):
        monkeypatch.setenv(name, "0")
    assert ran(*arguments)[0] == 0
    assert (os.environ["CUDA_VISIBLE_DEVICES"], os.environ["JAX_PLATFORMS"]) == ("", "cpu")


# Devices


@pytest.mark.parametrize(
    ("layers", "devices"),
    [
        ('Dense(3) @ "gpu" Dense(2)', ["gpu", None]),
        ('Two() @ "gpu" Dense(2)', ["gpu", "gpu", None]),
        ('One() { Dense(3) } Dense(2) @ "gpu"', [None, None, "gpu"]),
        ('Residual() @ "gpu" { Dense(4) @ "cpu" Dense(4) }', ["gpu", "cpu", "gpu", "gpu"]),
        ('Dense(4) @ "gpu" { Dense(3) } Dense(2)', ["gpu", "gpu", None]),
        ('Reshape((2, 2)) TimeDistributed(Dense(3)) @ "gpu"', [None, "gpu", "gpu", "gpu"]),
    ],
)
def test_a_device_is_for_all_that_stands_in_what_names_it(layers: str, devices: list[str | None]) -> None:
    macros = "define One() { Dense(3) } define Two() { Dense(3) Dense(3) }"
    network = checked(f"{macros} network A {{ input: (4) layers: {layers} }}").network
    assert [part.device for part in network.parts] == devices


def test_in_torch_values_move_where_the_device_changes(tmp_path: Path) -> None:
    network = checked(PLACED).network
    source = generate(network, "torch")
    assert [line.strip() for line in source.splitlines() if "cuda" in line or ".to(" in line] == [
        'self.conv_1 = nn.Conv2d(1, 2, 3, padding="same", device="cuda:0")',
        'self.register_buffer("positional_encoding_1", positions(9, 2).to("cuda:0"), persistent=False)',
        'self.dense_2 = nn.Linear(3, 2, device="cuda:0")',
        'x = self.conv_1(x.permute(0, 3, 1, 2).to("cuda:0"))',
        'x = F.max_pool2d(x.to("cpu"), 2)',
        'x = x.to("cuda:0") + self.positional_encoding_1',
        'x = x.to("cpu").flatten(1)',
        'x = self.dropout_1(x.to("cuda:0"))',
    ]
    here, there = (generate(_everywhere(network, device), "torch") for device in (None, "cpu:0"))
    assert here == there
    (tmp_path / "of_torch.py").write_text(source)
    (tmp_path / "of_keras.py").write_text(generate(checked(PLACED.replace("Positional", "# ")).network, "tensorflow"))
    for command in (("format", "--diff"), ("check", "--select", "E,F,I,W")):
        ruff = (sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "--line-length", "120", tmp_path)
        assert subprocess.run(ruff, capture_output=True, check=False).returncode == 0


def _everywhere(network: Network, device: str | None) -> Network:
    return replace(network, parts=tuple(replace(part, device=device) for part in network.parts))


def test_in_torch_each_layer_is_where_it_was_put(torch: Ask, tmp_path: Path) -> None:
    text = "network All { input: (6, 6, 1) layers: Two() @ 'gpu' } define Two() { Conv2D(2, 3) PositionalEncoding() }"
    text = text.replace("PositionalEncoding()", "Reshape((16, 2)) PositionalEncoding() Flatten() Dropout(0.5) Dense(2)")
    assert torch(child.moved, text, tmp_path) == ({"conv_1": "meta", "dense_1": "meta"}, "meta", "meta")
    late = 'network Late { input: (4) layers: Dense(3, "relu") Dense(2) @ "cuda:0" }'
    assert torch(child.moved, late, tmp_path) == ({"dense_1": "cpu", "dense_2": "meta"}, "", "meta")


@pytest.mark.parametrize(
    ("backend", "device", "reason"),
    [
        ("torch", "tpu:0", "torch knows cpu, and cuda or gpu, with a number (cuda:0) or without"),
        ("torch", "cpu:1", "torch knows cpu, and cuda or gpu, with a number (cuda:0) or without"),
        ("torch", "cuda:0'); print(1", "torch knows cpu, and cuda or gpu, with a number (cuda:0) or without"),
        ("tensorflow", "xla:0", "Keras knows cpu, gpu and tpu, with a number (gpu:0) or without"),
        ("jax", "gpu", "JAX computes a network on one device; say `execute { device }` for all of it"),
        ("onnx", "cpu:1", "a graph of ONNX names no device, and is run on the processor"),
    ],
)
def test_a_device_that_a_backend_does_not_reach_is_refused(backend: str, device: str, reason: str) -> None:
    with pytest.raises(GenerationError) as raised:
        generate(_everywhere(checked("network A { input: (4) layers: Dense(3) }").network, device), backend)
    assert [(part.label, said) for part, said in raised.value.refused] == [("Dense", f"device {device}: {reason}")]


def test_keras_has_nothing_to_put_what_is_no_layer_of_its_own_anywhere() -> None:
    with pytest.raises(GenerationError, match="layer 4, PositionalEncoding: device GPU:0: Keras has no layer"):
        generate(checked(PLACED).network, "tensorflow")


def test_a_device_that_is_not_there_is_told_in_one_sentence(torch: Ask, folder: Path) -> None:
    here = {"placed": SMALL.replace("softmax)", 'softmax) @ "cuda:7"')}
    here["executed"] = SMALL.replace("train {", 'execute { device: "cuda:7" } train {')
    for name, text in here.items():
        (folder / f"{name}.neural").write_text(text)
    placed, executed, small = (folder / f"{name}.neural" for name in ("placed", "executed", "small"))
    for arguments, who in (
        (("run", placed), "layer 2, Output"),
        (("debug", placed), "layer 2, Output"),
        (("run", executed), "network Small"),
    ):
        status, out, err = torch(ran, *arguments)
        assert (status, out) == (2, "")
        assert err.startswith(f'{who}: there is no device "cuda:7" here; torch finds cpu:0')
        assert len(err.splitlines()) == 1
    plain = torch(ran, "run", small, "--json", "--device", "cpu")
    for text in (placed, executed):
        status, out, _ = torch(ran, "run", text, "--device", "cpu", "--json")
        assert status == 0
        assert json.loads(out)["predictions_sha256"] == json.loads(plain[1])["predictions_sha256"]


def test_a_gpu_is_asked_for_where_there_is_none(torch: Ask, folder: Path) -> None:
    if torch(child.gpus):
        pytest.skip("there is one")
    status, _, err = torch(ran, "run", folder / "small.neural", "--device", "gpu")
    assert (status, err) == (
        2,
        '--device: there is no device "gpu" here; torch finds cpu:0: say --device cpu or auto.\n',
    )
    status, out, _ = torch(ran, "run", folder / "small.neural", "--device", "auto", "--json")
    assert (status, json.loads(out)["devices"]) == (0, ["cpu:0"])


@pytest.mark.long
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_keras_computes_where_it_is_told(backend: str, folder: Path) -> None:
    text = "network A {{ input: (6) layers: Dense(4, relu){0} Output(2, softmax) {1} train {{ batch_size: 8 }} }}"
    whole = text.format("", 'execute { device: "cpu:1" }')
    with process(backend, XLA_FLAGS="--xla_force_host_platform_device_count=2") as ask:
        devices, weights, _ = ask(child.virtual, backend, whole)
        assert (devices, weights) == (("cpu:1",), {"dense_1": "cpu:1", "dense_2": "cpu:1"})
        if backend == "jax":
            (folder / "several.neural").write_text(SMALL.replace("Flatten()", 'Flatten() Dense(3) @ "cpu:1"'))
            status, _, err = ask(ran, "run", folder / "several.neural", "-b", "jax")
            assert status == 2
            assert "layer 2, Dense: device cpu:1: JAX computes a network on one device" in err
    if backend == "tensorflow":
        with process(backend) as ask:
            devices, weights, multiplied = ask(child.virtual, backend, text.format(' @ "cpu:1"', ""))
            assert devices == ("cpu:0", "cpu:1")
            assert weights == {"dense_1": "cpu:1", "dense_2": "cpu:0"}
            assert multiplied == {"cpu:1", ""}  # on its own, and wherever the rest is


# What goes wrong inside


def test_a_gradient_is_that_of_the_loss(torch: Ask) -> None:
    status, out, _ = torch(ran, "debug", LOGISTIC, "--gradients", "--batches", "2", "--json")
    assert status == 0
    (row,) = json.loads(out)["layers"]
    (found,) = check(Source(LOGISTIC.read_text()))
    X, y = digits()
    kernel, _ = initial_weights(found.network, 0)
    norms = []
    for batch in list(plan(found).epoch(len(X), 0))[:2]:
        flat = X[batch].reshape(len(batch), -1).astype(np.float64)
        likely = np.exp(flat @ kernel)
        wrong = likely / likely.sum(1, keepdims=True) - np.eye(10)[y[batch]]
        norms.append(np.sqrt(((flat.T @ wrong / len(batch)) ** 2).sum() + (wrong.mean(0) ** 2).sum()))
    assert row == {
        "number": 2,
        "layer": "Output",
        "file": str(LOGISTIC),
        "line": 5,
        "gradient_mean": pytest.approx(np.mean(norms), rel=1e-4),
        "gradient_max": pytest.approx(max(norms), rel=1e-4),
    }


def test_what_is_amiss_is_told_of_the_layer_that_it_is_in(torch: Ask, folder: Path) -> None:
    text = folder / "amiss.neural"
    text.write_text("""network Amiss {
  input: (28, 28, 1)
  layers:
    Flatten()
    dead: { Lambda("x * 0") Dense(6) Activation("relu") }
    far: { Lambda("x * 1e5") Dense(5, "tanh") Dense(4) }
    steep: { Lambda("x * 1e6") Dense(3) Lambda("x / 1e3") }
    lost: { Dense(2) Lambda("x / 0") }
    Concatenate()
    Output(10, "softmax")
}
""")
    status, out, _ = torch(ran, "debug", text, "--allow-lambda", "--json", "--batches", "1")
    assert status == 0
    found = json.loads(out)
    rows = {row["line"]: row for row in found["layers"]}
    assert found["losses"] == [None]
    assert (rows[5]["units"], rows[5]["dead"]) == (6, 6)
    assert rows[10]["anomalies"][0] == "activations are not finite"
    text.write_text("".join(line for line in text.read_text().splitlines(keepends=True) if "lost" not in line))
    status, out, _ = torch(ran, "debug", text, "--allow-lambda", "--batches", "3", "--json")
    amiss = {(row["layer"], row["line"]): row for row in json.loads(out)["layers"]}
    assert amiss["Dense", 5]["dead"] == 6
    assert amiss["Dense", 5]["anomalies"] == ["gradient vanishes, below 1e-07"]
    assert [row["anomalies"] for row in amiss.values() if row["line"] == 7] == [["gradient explodes, above 1000"]]
    far = [row for row in json.loads(out)["layers"] if row["line"] == 6]
    assert "saturated, 100% of its activations" in far[0]["anomalies"]
    assert [(row["units"], row["dead"]) for row in far] == [(5, 0), (4, 0)]


def test_what_was_asked_for_is_shown_as_a_table(torch: Ask, folder: Path) -> None:
    small = folder / "small.neural"
    status, out, err = torch(ran, "debug", small)
    assert (status, err) == (0, "")
    first, head, row = out.splitlines()
    assert first.startswith(f"{small}: Small before training, 4 batches of digits, loss 2.")
    assert head.split("  ")[0] == "layer"
    assert [word in head for word in ("gradient", "at most", "dead units", "anomalies")] == [True] * 4
    assert row.startswith(f"2 Output  {small}:1")
    assert row.endswith("0 of 10 (0%)  none")
    head = torch(ran, "debug", small, "--dead-neurons")[1].splitlines()[1]
    assert [word in head for word in ("gradient", "at most", "dead units", "anomalies")] == [False, False, True, False]


def test_every_network_can_be_looked_into(torch: Ask) -> None:
    for name in MODELS:
        if (file := NETWORKS / f"{name}.neural").is_file():
            status, out, _ = torch(ran, "debug", file, "--batches", "1", "--json")
            assert status == 0
            assert all(row["gradient_mean"] > 0 and row["anomalies"] == [] for row in json.loads(out)["layers"]), name
