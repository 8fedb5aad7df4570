"""The family `neural`: the contract of every model with every backend, its data, and its command.

torch and TensorFlow each run in a process of their own, one thread each: they never meet, and neither enters pytest's.
"""

import gzip
import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import neural_child as child
from library_process import PATIENCE_S, Ask, process
from swapbench.run.cache import checksum
from swapbench_models.neural import networks
from swapbench_models.neural.arrays import load_arrays, save_arrays
from swapbench_models.neural.batches import batches
from swapbench_models.neural.catalogue import MODELS, PROFILES
from swapbench_models.neural.command.main import main
from swapbench_models.neural.data import digits, mnist
from swapbench_models.neural.error import DataError
from swapbench_models.neural.idx import parse_idx
from swapbench_models.neural.weights import initial_weights, load_weights, save_weights

ROOT = Path(__file__).parent.parent
COUNTS = {
    "majority_class": 0,
    "logistic_regression": 7_850,
    "simple_mlp": 101_770,
    "cnn": 225_034,
    "deep_mlp": 567_434,
    "transformer": 9_802,
    "recurrent": 24_458,
}
NETWORKS = [model for model in MODELS if "torch" in MODELS[model]]
LIBRARIES = ("torch", "tensorflow")

# TensorFlow takes seconds to begin, and again over each network.
_LATER = {"tensorflow": pytest.mark.long}


def _cases(pairs: Iterable[tuple[str, str]]) -> pytest.MarkDecorator:
    cases = [pytest.param(model, backend, marks=_LATER.get(backend, ())) for model, backend in pairs]
    return pytest.mark.parametrize(("model", "backend"), cases)


every_case = _cases((model, backend) for model, backends in MODELS.items() for backend in backends)
every_network_in_each = _cases(product(NETWORKS, LIBRARIES))
every_network = pytest.mark.parametrize("model", NETWORKS)


@pytest.fixture(scope="module")
def tensorflow() -> Iterator[Ask]:
    with process("tensorflow") as ask:
        yield ask


@pytest.fixture
def ask(backend: str, request: pytest.FixtureRequest) -> Ask:
    """Call a function where the backend is; scikit-learn is in this process already."""
    if backend == "sklearn":
        return lambda function, *arguments: function(*arguments)
    found: Ask = request.getfixturevalue(backend)
    return found


@pytest.mark.long
@pytest.mark.parametrize("backend", LIBRARIES)
def test_importing_a_backend_computes_nothing_and_fits_are_the_same_in_fresh_processes(backend: str, ask: Ask) -> None:
    with process(backend) as fresh:
        assert fresh(child.imported, backend) == (0, {backend})
        assert backend == "torch" or not fresh(child.tensorflow_has_begun)
        for model in ("cnn", "recurrent"):  # between them they have what all others have
            digests = [*fresh(child.fingerprints, model, backend, 1), *ask(child.fingerprints, model, backend, 2)]
            assert len(set(digests)) == 1, model


@every_case
def test_the_number_of_parameters_is_exact(model: str, backend: str, ask: Ask) -> None:
    assert ask(child.count, model, backend) == (COUNTS[model], COUNTS[model])


def test_a_linear_models_parameters_are_its_coefficients() -> None:
    estimator = child.fitted("logistic_regression", "sklearn").estimator
    assert estimator.coef_.size + estimator.intercept_.size == COUNTS["logistic_regression"]


@every_case
def test_predictions_are_labels_and_probabilities(model: str, backend: str, ask: Ask) -> None:
    labels, probabilities = ask(child.predictions, model, backend, 300)  # one whole batch of predictions, one shorter
    assert (labels.shape, labels.dtype) == ((300,), np.int64)
    assert (probabilities.shape, probabilities.dtype) == ((300, 10), np.float32)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(labels, probabilities.argmax(axis=1))
    alone, _ = ask(child.predictions, model, backend, 1)
    assert alone.tolist() == labels[:1].tolist()


@every_network_in_each
def test_networks_predict_nothing_for_nothing(model: str, backend: str, ask: Ask) -> None:
    labels, probabilities = ask(child.predictions, model, backend, 0)
    assert (labels.shape, probabilities.shape) == ((0,), (0, 10))


@_cases([("logistic_regression", "sklearn"), *product(["cnn"], LIBRARIES)])
def test_read_only_arrays_are_taken_as_they_are(model: str, backend: str, ask: Ask, tmp_path: Path) -> None:
    assert ask(child.read_only, model, backend, tmp_path / "X.npy").shape == (child.TRAINED_ON,)


@every_case
def test_a_restored_model_predicts_the_same(model: str, backend: str, ask: Ask, tmp_path: Path) -> None:
    before = ask(child.stored, model, backend, tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert np.array_equal(before, ask(child.restored, model, backend, tmp_path / "model"))


@every_case
def test_another_models_file_is_refused(model: str, backend: str, ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "model"
    save_arrays(path, {"estimator": np.asarray("SomethingElse"), "000": np.zeros(3)})
    told = ask(child.refusal, model, backend, path)
    assert told.startswith(f"{path}: expected")
    assert told.endswith("load it into its own model.")


@pytest.mark.long
@every_network
def test_backends_restore_each_others_models(model: str, torch: Ask, tensorflow: Ask, tmp_path: Path) -> None:
    before = torch(child.stored, model, "torch", tmp_path / "model")
    assert np.allclose(before, tensorflow(child.restored, model, "tensorflow", tmp_path / "model"), atol=1e-5, rtol=0)


@pytest.mark.long
@every_network
def test_backends_start_from_the_same_outputs(model: str, torch: Ask, tensorflow: Ask) -> None:
    ours, theirs = torch(child.untrained, model, "torch"), tensorflow(child.untrained, model, "tensorflow")
    assert np.abs(ours - theirs).max() < 1e-5


@pytest.mark.long
@every_network
def test_backends_train_to_the_same_weights_without_dropout(model: str, torch: Ask, tensorflow: Ask) -> None:
    ours = torch(child.weights, model, "torch", False, 0)
    theirs = tensorflow(child.weights, model, "tensorflow", False, 0)
    start = initial_weights(networks.network(model), 0)
    assert max(np.abs(a - b).max() for a, b in zip(ours, start, strict=True)) > 1e-3
    for (_, weight), a, b in zip(networks.network(model).weights(), ours, theirs, strict=True):
        # Softmax takes out what all keys have in common: the gradient of their bias is rounding, which Adam enlarges.
        assert weight.name == "key_bias" or np.abs(a - b).max() < 1e-4


@every_network_in_each
def test_dropout_and_seed_make_a_difference(model: str, backend: str, ask: Ask) -> None:
    with_dropout, without, other_seed = (
        ask(child.weights, model, backend, dropout, seed) for dropout, seed in ((True, 0), (False, 0), (True, 1))
    )
    for different in (without, other_seed):
        assert not np.allclose(with_dropout[0], different[0], atol=1e-4)


@every_network
def test_initial_weights_are_what_each_asks_for(model: str) -> None:
    for (_, weight), array in zip(
        networks.network(model).weights(), initial_weights(networks.network(model), 0), strict=True
    ):
        assert (array.shape, array.dtype) == (weight.shape, np.float32)
        match weight.start:
            case "zeros" | "ones":
                assert (array == (weight.start == "ones")).all()
            case "forget":  # of an LSTM's four gates, the second
                assert array.reshape(4, -1).tolist() == [[float(gate == 1)] * (len(array) // 4) for gate in range(4)]
            case "orthogonal":
                small = array if array.shape[0] <= array.shape[1] else array.T
                assert np.allclose(small @ small.T, np.eye(len(small)), atol=1e-5)
            case _:
                limit = math.sqrt(6 / (math.prod(array.shape[:-2]) * sum(array.shape[-2:])))
                assert 0.9 * limit < np.abs(array).max() <= limit * (1 + 1e-6)
                assert abs(array.mean()) < 0.1 * limit


@every_network_in_each
def test_a_compiled_network_is_the_one_that_was_written_by_hand(model: str, backend: str, ask: Ask) -> None:
    ours, theirs = (ask(child.untrained, model, f"{variant}{backend}") for variant in ("compiled ", ""))
    assert np.abs(ours - theirs).max() < 1e-6
    ours, theirs = (ask(child.weights, model, f"{variant}{backend}", False, 0) for variant in ("compiled ", ""))
    for (_, weight), a, b in zip(networks.network(model).weights(), ours, theirs, strict=True):
        assert weight.name == "key_bias" or np.abs(a - b).max() < 1e-5


@settings(deadline=None)  # how long it takes depends on what else the machine does
@given(st.integers(1, 300), st.integers(1, 64), st.integers(1, 3), st.integers(0, 2**32))
def test_every_epoch_has_every_example_once(examples: int, size: int, epochs: int, seed: int) -> None:
    order = list(batches(examples, size, epochs, seed))
    per_epoch = math.ceil(examples / size)
    assert len(order) == epochs * per_epoch
    for start in range(0, len(order), per_epoch):
        epoch = order[start : start + per_epoch]
        assert all(len(batch) == size for batch in epoch[:-1])
        assert sorted(np.concatenate(epoch)) == list(range(examples))
    assert all(map(np.array_equal, order, batches(examples, size, epochs, seed)))


@pytest.fixture(scope="module")
def stored_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "model"
    save_weights(path, initial_weights(networks.network("logistic_regression"), 0))
    return path


@settings(deadline=None)  # how long it takes depends on what else the machine does
@given(st.data())
def test_a_flipped_bit_never_changes_weights_in_silence(stored_weights: Path, data: st.DataObject) -> None:
    content = bytearray(stored_weights.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damaged = stored_weights.with_name("damaged")
    damaged.write_bytes(content)
    with suppress(DataError):
        weights = load_weights(damaged, networks.network("logistic_regression"))
        assert all(map(np.array_equal, weights, initial_weights(networks.network("logistic_regression"), 0)))


def test_digits_are_the_declared_ones() -> None:
    X, y = digits()
    assert (X.shape, X.dtype, y.shape, y.dtype) == ((1797, 28, 28, 1), np.float32, (1797,), np.int64)
    assert (X.min(), X.max(), set(y)) == (0, 1, set(range(10)))
    spec = importlib.util.spec_from_file_location("bench_neural", ROOT / "bench" / "test_neural.py")
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    assert checksum({"X": X, "y": y}) == bench.suite.datasets["digits"].sha256


def test_digits_keep_their_picture_when_they_grow() -> None:
    from sklearn.datasets import load_digits

    X, _ = digits()
    small = load_digits().images / 16
    assert np.allclose(X[:, 0, 0, 0], small[:, 0, 0])
    assert np.allclose(X[:, -1, -1, 0], small[:, -1, -1])
    # Row 3 of 28 lies halfway between rows 0 and 1 of 8, column 24 between columns 6 and 7.
    assert np.allclose(X[:, 3, 0, 0], (small[:, 0, 0] + small[:, 1, 0]) / 2)
    assert np.allclose(X[:, 0, 24, 0], (small[:, 0, 6] + small[:, 0, 7]) / 2)


def idx(array: Any) -> bytes:
    """Return an array of bytes as the content of an IDX file."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes((0, 0, 8, array.ndim)) + sizes + array.astype(np.uint8).tobytes()


PICTURES = np.random.default_rng(0).integers(0, 256, (12, 28, 28), np.uint8)
DIGITS = np.arange(12, dtype=np.uint8) % 10
FILES = {
    "train-images-idx3-ubyte": idx(PICTURES[:8]),
    "train-labels-idx1-ubyte": idx(DIGITS[:8]),
    "t10k-images-idx3-ubyte": idx(PICTURES[8:]),
    "t10k-labels-idx1-ubyte": idx(DIGITS[8:]),
}
ARCHIVE = {"x_train": PICTURES[:8], "y_train": DIGITS[:8], "x_test": PICTURES[8:], "y_test": DIGITS[8:]}


def write_plain(folder: Path) -> None:
    for name, content in FILES.items():
        (folder / name).write_bytes(content)


def write_gzipped(folder: Path) -> None:
    for name, content in FILES.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))


def write_archive(folder: Path, **changes: Any) -> None:
    np.savez_compressed(folder / "mnist.npz", **{**ARCHIVE, **changes})


@pytest.mark.parametrize("write", [write_plain, write_gzipped, write_archive])
def test_mnist_is_read_from_its_files(write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path)
    X, y = mnist(tmp_path)
    assert (X.shape, X.dtype, y.dtype) == ((12, 28, 28, 1), np.float32, np.int64)
    assert np.array_equal((X[..., 0] * 255).round(), PICTURES)
    assert y.tolist() == DIGITS.tolist()
    assert 0 <= X.min() <= X.max() <= 1


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("train-images-idx3-ubyte", None, "there is no such file; put MNIST into"),
        (
            "train-images-idx3-ubyte",
            b"",
            "expected the magic number 0x00000803 (unsigned bytes in 3 dimensions), found 0x;",
        ),
        ("train-images-idx3-ubyte", FILES["train-labels-idx1-ubyte"], "found 0x00000801"),
        ("train-images-idx3-ubyte", FILES["train-images-idx3-ubyte"][:9], "bytes for an array of"),
        (
            "t10k-images-idx3-ubyte",
            FILES["t10k-images-idx3-ubyte"][:-1],
            "expected 3152 bytes for an array of 4 x 28 x 28",
        ),
        (
            "t10k-labels-idx1-ubyte",
            FILES["t10k-labels-idx1-ubyte"] + b"\0",
            "expected 12 bytes for an array of 4, found 13",
        ),
        ("train-images-idx3-ubyte", idx(PICTURES[:8, :14]), "expected pictures of 28 x 28 bytes"),
        ("train-images-idx3-ubyte", idx(PICTURES[:0]), "expected pictures of 28 x 28 bytes"),
        ("train-labels-idx1-ubyte", idx(DIGITS[:7]), "expected 8 whole numbers, one for each picture"),
        ("train-labels-idx1-ubyte", idx(DIGITS[:8] + 3), "expected labels 0 to 9, found 10"),
    ],
)
def test_a_wrong_file_of_mnist_is_told(name: str, content: bytes | None, told: str, tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as raised:
        mnist(tmp_path)
    assert str(raised.value).startswith(str(tmp_path / name))
    assert told in str(raised.value)


def test_a_damaged_gzip_file_is_told(tmp_path: Path) -> None:
    write_gzipped(tmp_path)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"images-idx3-ubyte\.gz: it cannot be read"):
        mnist(tmp_path)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"x_train": PICTURES[:8] / 255}, "x_train: expected pictures of 28 x 28 bytes, found float64"),
        ({"y_test": np.array([0, 1, 2, -1])}, "y_test: expected labels 0 to 9, found -1"),
        ({"y_test": np.array([0.0, 1, 2, 3])}, "y_test: expected 4 whole numbers"),
        ({"y_test": np.array([0, 1, 2, None])}, "expected a .npz file of plain arrays (it holds objects"),
    ],
)
def test_a_wrong_archive_of_mnist_is_told(changes: dict[str, Any], told: str, tmp_path: Path) -> None:
    write_archive(tmp_path, **changes)
    with pytest.raises(DataError) as raised:
        mnist(tmp_path)
    assert str(raised.value).startswith(str(tmp_path / "mnist.npz"))
    assert told in str(raised.value)


def test_a_bad_archive_is_told_even_beside_good_files(tmp_path: Path) -> None:
    write_plain(tmp_path)
    save_arrays(tmp_path / "mnist.npz", {"x_train": PICTURES})
    with pytest.raises(DataError, match=r"mnist\.npz: expected an array y_train, found x_train"):
        mnist(tmp_path)
    (tmp_path / "mnist.npz").write_bytes(b"no zip file")
    with pytest.raises(DataError, match=r"mnist\.npz: expected a \.npz file of plain arrays"):
        mnist(tmp_path)


@settings(deadline=None)  # how long it takes depends on what else the machine does
@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=4, min_side=0)))
def test_idx_gives_back_any_array_of_bytes(array: Any) -> None:
    assert np.array_equal(parse_idx(idx(array), array.ndim, "file"), array)


@settings(deadline=None)  # how long it takes depends on what else the machine does
@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda rest: bytes((0, 0, 8, 3)) + rest))
def test_idx_takes_only_what_is_whole(content: bytes) -> None:
    with suppress(DataError):
        assert idx(parse_idx(content, 3, "file")) == content


@settings(deadline=None)  # how long it takes depends on what else the machine does
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), arrays(np.float32, array_shapes(max_side=4))))
def test_arrays_come_back_as_they_went(tmp_path_factory: pytest.TempPathFactory, named: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "arrays"
    save_arrays(path, named)
    found = load_arrays(path)
    assert found.keys() == named.keys()
    assert all(np.array_equal(found[name], named[name], equal_nan=True) for name in named)


def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `python -m swapbench_models.neural`; warnings are errors there too."""
    line = [sys.executable, "-W", "error", "-m", "swapbench_models.neural", *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def test_list_names_models_backends_and_parameters_without_importing_them() -> None:
    listing = "import sys; from swapbench_models.neural.command.main import main; main(['list', '--json'])"
    heavy = "; assert not {'numpy', 'sklearn', 'torch', 'tensorflow'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", listing + heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = {entry["model"]: entry for entry in json.loads(done.stdout)}
    assert {model: entry["backends"] for model, entry in listed.items()} == {m: [*b] for m, b in MODELS.items()}
    assert {model: entry["parameters"] for model, entry in listed.items()} == {
        model: dict.fromkeys(PROFILES, count) for model, count in COUNTS.items()
    }


def test_list_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(MODELS)
    assert "quick 101,770" in next(line for line in lines if line.startswith("simple_mlp"))


@pytest.mark.parametrize(
    ("model", "backend", "least"), [("logistic_regression", "sklearn", 0.95), ("simple_mlp", "torch", 0.9)]
)
def test_train_really_trains(model: str, backend: str, least: float, ask: Ask) -> None:
    result = json.loads(ask(child.printed, "train", "--model", model, "--backend", backend, "--json"))
    assert result["accuracy"] > least
    assert result["macro_f1"] > least
    assert 0 < result["log_loss"] < 0.4
    assert (result["parameters"], result["train_examples"], result["test_examples"]) == (COUNTS[model], 1437, 360)


def test_train_reads_mnist_and_the_floor_is_the_commonest_class(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = np.arange(8, dtype=np.uint8) % 2
    write_archive(tmp_path, y_train=few, y_test=few[:4])
    arguments = ["train", "--model", "majority_class", "--backend", "sklearn", "--data", str(tmp_path), "--folds", "2"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith("accuracy 0.5000, macro F1 0.3333, log loss 0.6931 nats\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--model", "resnet", "--backend", "torch"), "There is no model 'resnet'; known are majority_class, logistic"),
        (
            ("--model", "cnn", "--backend", "sklearn"),
            "There is no cnn for backend 'sklearn'; known are torch, tensorflow.",
        ),
        (("--model", "cnn", "--backend", "torch", "--fold", "5"), "There is no fold 5 of 5; the last is 4."),
        (("--model", "majority_class", "--backend", "sklearn", "--epochs", "3"), "is not trained in epochs"),
        (("--model", "majority_class", "--backend", "sklearn", "--data", "/nowhere"), "there is no such file"),
        (("--model", "majority_class", "--backend", "sklearn", "--folds", "500"), "there are only 174 examples"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert told in printed.err
    assert len(printed.err.splitlines()) == 1


def test_the_command_prints_what_it_found_and_ends_with_its_status() -> None:
    done = command("train", "--model", "majority_class", "--backend", "sklearn", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["model"] == "majority_class"


def test_the_command_ends_with_its_status_and_no_traceback() -> None:
    done = command("train", "--model", "resnet", "--backend", "torch")
    assert done.returncode == 2
    assert done.stderr.startswith("There is no model 'resnet'")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [("--epochs", "0"), ("--folds", "1"), ("--fold", "-1"), ("--seed", "x"), ("--seed", "4294967296")]
)
def test_numbers_are_checked(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["train", "--model", "cnn", "--backend", "torch", *arguments])
    assert raised.value.code == 2
    assert "expected" in capsys.readouterr().err
