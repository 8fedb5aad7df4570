"""Adapters: all that is known of a numeric library stands in one file, one's own is named by a dotted path."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import environment
from sandbox import Sandbox
from swapbench import BACKENDS, Adapter, Backend, Device, Suite, SwapError
from swapbench.plan.backend import BACKENDS as TARGETS
from swapbench.run.backends import adapter, declared

ROOT = Path(__file__).parent.parent / "harness" / "swapbench"
LIBRARIES = ("torch", "tensorflow", "jax", "onnxruntime")

# What any adapter must do, in a process of its own as in a child: nothing here names a library.
_CONTRACT = """
import json, os, sys
from swapbench import BACKENDS
from swapbench.run.backends import adapter, imported

library = adapter(BACKENDS[sys.argv[1]].adapter)
before = library.module in sys.modules
library.settle(1)
library.seed(3)
first = library.state()
again = library.state()
library.seed(4)
other = library.state()
library.seed(3)
device = library.device()
device.begin()
device.finish()
print(json.dumps({
    "imported_by_asking": before,
    "same_seed_same_state": first == again == library.state(),
    "other_seed_other_state": first != other,
    "device": device.name,
    "peak": device.peak_bytes(),
    "flops": library.flops(lambda: None),
    "memory_errors": [library.out_of_memory(MemoryError()), library.out_of_memory(RuntimeError("Out of memory!"))],
    "others": [library.out_of_memory(ValueError("out of memory")), library.out_of_memory(RuntimeError("no"))],
    "imported": [type(one).__name__ for one in imported(library)][0] == type(library).__name__,
}))
"""


@pytest.mark.parametrize("name", BACKENDS)
def test_every_adapter_keeps_the_contract(name: str) -> None:
    if importlib.util.find_spec(BACKENDS[name].module) is None:
        pytest.skip(f"{BACKENDS[name].module} is not installed")
    variables = {**environment(), **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")}
    done = subprocess.run(
        [sys.executable, "-c", _CONTRACT, name], env=variables, capture_output=True, text=True, check=True, timeout=120
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["same_seed_same_state"]
    assert told["other_seed_other_state"]
    assert told["memory_errors"] == [True, True]
    assert told["others"] == [False, False]
    assert told["imported"]
    assert not told["imported_by_asking"] or name == "python"  # NumPy is there for all
    assert told["flops"] in (None, 0.0)


def test_what_is_known_of_a_library_stands_in_its_own_file_alone() -> None:
    """No other file of the instrument has its name in code, but the list of those that are known."""
    elsewhere = {}
    for path in sorted(ROOT.rglob("*.py")):
        if path.parent.name == "backends" or path == ROOT / "plan" / "backend.py" or "selfcheck" in path.parts:
            continue
        found = {name for name in LIBRARIES if name in _code(path)}
        if found:
            elsewhere[str(path.relative_to(ROOT))] = found
    assert elsewhere == {}


def _code(path: Path) -> str:
    """Return the names, imports and texts of a file, without docstrings and comments."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree).lower()


def test_the_adapters_of_known_backends_are_found_and_import_no_library() -> None:
    code = "import sys; import swapbench; print(sorted({*sys.modules} & {*sys.argv[1:]}))"
    libraries = [*LIBRARIES, "sklearn", "numpy"]
    done = subprocess.run(
        [sys.executable, "-c", code, *libraries], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    for name, target in TARGETS.items():
        assert BACKENDS[name].adapter == target
        assert isinstance(adapter(target), Adapter)


OWN = """
import os
from swapbench import Adapter, Device

class Counter(Device):
    name = "abacus"

class Abacus(Adapter):
    module = "beads"
    preload = ("beads",)
    distributions = ("numpy",)
    install = "pip install beads"
    environment = (("BEADS", "{threads}"),)

    def settle(self, threads):
        import beads
        beads.settled.append(threads)

    def seed(self, seed):
        import beads
        super().seed(seed)
        beads.drawn = seed

    def device(self):
        return Counter()

    def flops(self, call):
        call()
        return 14.0
"""
BEADS = """
settled = []
drawn = None
"""
USER = """
import os
import beads
from fake import Sign

class Threaded(Sign):
    def fit(self, X, y):
        assert beads.settled == [1], beads.settled
        assert beads.drawn == 0
        assert os.environ["BEADS"] == "1"
"""


def test_a_backend_of_ones_own_is_one_file_named_by_a_dotted_path(sandbox: Sandbox) -> None:
    sandbox.write(abacus=OWN, beads=BEADS, own=USER)
    sandbox.suite("toy", models={"sign": {"abacus": "own:Threaded"}}, backends={"abacus": "abacus:Abacus"})
    run = sandbox.measure()
    assert run.status == 0, run.output
    assert {record.environment["device"] for record in run.records} == {"abacus"}
    assert {record.flops_per_example for record in run.records} == {7.0}
    assert {cell.backend for cell in run.planned.values()} == {"abacus"}

    (sandbox.folder / "beads.py").unlink()
    absent = sandbox.measure()
    assert {(record.status, record.reason) for record in absent.records} == {
        ("skipped", "beads is not installed; pip install beads brings it")
    }


COUNTING = """
from swapbench import Adapter, Device

class Large(Device):
    def peak_bytes(self): return "large"

class Sizeless(Adapter):
    def device(self): return Large()

class Nan(Adapter):
    def flops(self, call): return float("nan")

class Many(Adapter):
    def flops(self, call): return "many"

class Endless(Adapter):
    def flops(self, call): return float("inf")
"""


def test_what_an_adapter_counts_that_is_no_number_is_undefined(sandbox: Sandbox) -> None:
    names = ("Nan", "Many", "Endless")
    sandbox.write(counting=COUNTING)
    models = {name: {name.lower(): "fake:Sign"} for name in names}
    sandbox.suite("toy", models=models, backends={name.lower(): f"counting:{name}" for name in names}, phases=["fit"])
    run = sandbox.measure("--swap-fold=0")
    assert run.status == 0, run.output
    assert {record.flops_per_example for record in run.records} == {None}
    assert [record.undefined["flops_per_example"] for record in run.records] == [
        f"{name}.flops gave {told}, which is no number of operations"
        for name, told in (("Nan", "nan"), ("Many", "'many'"), ("Endless", "inf"))
    ]


def test_what_a_device_gives_that_is_no_size_fails_the_cell_in_its_name(sandbox: Sandbox) -> None:
    sandbox.write(counting=COUNTING)
    models = {"sign": {"sizeless": "fake:Sign"}}
    sandbox.suite("toy", models=models, backends={"sizeless": "counting:Sizeless"}, phases=["fit"])
    (record,) = sandbox.measure("--swap-fold=0").records
    assert (record.status, record.reason.partition(";")[0]) == ("failed", "Large.peak_bytes gave 'large'")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nowhere:Abacus", "suite toy, backend b: its adapter 'nowhere:Abacus' cannot be had, ModuleNotFoundError"),
        ("json:dumps", "suite toy, backend b: 'json:dumps' is no adapter; write a class that derives from"),
    ],
)
def test_what_is_no_adapter_is_refused_in_a_sentence(target: str, words: str) -> None:
    _refused(target, words)


class Slip(Adapter):
    def setle(self, threads: int) -> None: ...


class Inherited(Slip):
    def settle(self, threads: int) -> None: ...


class Helped(Adapter):
    def device(self) -> Device:
        return self.devices()[0]

    def devices(self) -> list[Device]:
        return [Device()]

    def _setle(self) -> None: ...

    def count(self) -> None: ...


class Unmakeable(Adapter):
    def __init__(self) -> None:
        raise RuntimeError("no licence")


class Wanting(Adapter):
    def __init__(self, threads: int) -> None: ...


class Nameless(Adapter):
    module = ""


class Spaced(Adapter):
    preload = ("numpy, scipy",)


class Unset(Adapter):
    environment = (("X=Y", "1"),)


class Null(Adapter):
    environment = (("X", "a\0b"),)


class Early(Adapter):
    preload = ("numpy", "abacuss")


class Version(Adapter):
    module = "pytest"
    preload = ("pytest", "_pytest.of_another_version")


class Absent(Adapter):
    module = "abacuss"
    preload = ("abacuss",)


MADE = "could not be made, which is done without arguments"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Slip", "has a 'setle', which nobody calls; perhaps 'settle' is meant"),
        ("Unmakeable", f"{MADE}: RuntimeError: no licence"),
        ("Wanting", f"{MADE}: TypeError: .*'threads'"),
        ("Nameless", "backend b: module='' is no module; write its dotted name"),
        ("Spaced", "backend b: preload='numpy, scipy' is no module"),
        ("Unset", r"backend b: environment: \('X=Y', '1'\): no variable can be called or be that"),
        ("Null", "backend b: environment: .*: no variable can be called or be that"),
        ("Early", "suite toy, backend b: preload names 'abacuss', and there is no such module"),
    ],
)
def test_an_adapter_that_cannot_work_or_holds_a_slip_is_refused_in_a_sentence(name: str, words: str) -> None:
    _refused(f"{__name__}:{name}", words)


@pytest.mark.parametrize("name", ["Inherited", "Helped", "Version", "Absent"])
def test_an_adapter_may_have_names_of_its_own_and_preload_what_another_version_has(name: str) -> None:
    suite = Suite("toy", models={"m": {"b": "fake:Sign"}}, dataset="fake:load", backends={"b": f"{__name__}:{name}"})
    assert (declared(suite, "b").missing is None) == (name != "Absent")


def _refused(target: str, words: str) -> None:
    suite = Suite("toy", models={"m": {"b": "fake:Sign"}}, dataset="fake:load", backends={"b": target})
    with pytest.raises(SwapError, match=words):
        declared(suite, "b")


def test_a_backend_given_as_values_has_the_adapter_of_its_library() -> None:
    given = Backend("mine", "torch", ("torch",), ("torch",))
    suite = Suite("toy", models={"m": {"mine": "fake:Sign"}}, dataset="fake:load", backends={"mine": given})
    assert declared(suite, "mine").adapter == BACKENDS["torch"].adapter


ONNX = """
import numpy as np

SIZES = (("x", 3), ("z", 1))

class Linear:
    \"\"\"The sign of a product, in a session without options of its own.\"\"\"

    def fit(self, X, y):
        import onnx
        import onnxruntime
        from onnx import helper

        weights = np.linalg.lstsq(X, 2.0 * y - 1, rcond=None)[0].astype(np.float32)[:, None]
        node = helper.make_node("MatMul", ["x", "w"], ["z"])
        inputs, outputs = (
            helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, size]) for name, size in SIZES
        )
        graph = helper.make_graph([node], "linear", [inputs], [outputs], [onnx.numpy_helper.from_array(weights, "w")])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        options = self.session.get_session_options()
        self.options = options.intra_op_num_threads, options.inter_op_num_threads, options.use_deterministic_compute

    def predict(self, X):
        assert self.options == (1, 1, True), self.options
        return (self.session.run(None, {"x": X.astype(np.float32)})[0][:, 0] > 0).astype(int)
"""


def test_onnxruntime_is_measured_like_the_others(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    if not all(map(importlib.util.find_spec, ("onnxruntime", "onnx"))):  # importing it would start a thread here
        pytest.skip("onnxruntime and onnx are not installed")
    sandbox.write(own=ONNX)
    models = {"linear": {"onnxruntime": "own:Linear"}, "sign": {"python": "fake:Sign"}}
    sandbox.suite("toy", models=models, backends={})
    run = sandbox.measure(*spread)
    assert run.status == 0, run.output
    own = [record for record in run.records if record.cell.backend == "onnxruntime"]
    assert len(own) == 4
    assert all(record.scores["accuracy"] > 0.8 for record in own)
    assert {record.environment["start"] for record in own} == {"fork"}
    assert {record.environment["device"] for record in own} == {"cpu"}
    assert all(record.deterministic is not False for record in own)
    assert {"onnxruntime", "onnx", "numpy"} <= own[0].environment["versions"].keys()


class Beads(Adapter):
    visible = ("BEADS_VISIBLE",)


def test_the_variables_of_devices_come_from_the_adapters(monkeypatch: pytest.MonkeyPatch) -> None:
    from swapbench.run.environment import accelerators

    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    accelerators.cache_clear()
    assert "JAX_PLATFORMS=cpu" in accelerators()
    monkeypatch.setenv("BEADS_VISIBLE", "1")
    assert "BEADS_VISIBLE=1" not in accelerators()
    assert "BEADS_VISIBLE=1" in accelerators(f"{__name__}:Beads")
    accelerators.cache_clear()
    assert os.environ["JAX_PLATFORMS"] == "cpu"
