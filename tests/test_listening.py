"""Nothing listens: no process of a run, on however many workers, opens a socket that another machine can reach."""

import ast
from pathlib import Path

import pytest

from helpers import DATA, LIGHT, Project

ROOT = Path(__file__).parent.parent
# Each interpreter that starts notes there what it binds.
NOTING = """
import os, sys

def hear(event, arguments):
    if event == "socket.bind":
        with open(os.environ["BOUND"], "a") as file:
            file.write(repr(arguments[1:]) + chr(10))

sys.addaudithook(hear)
"""
MODEL = """
import numpy as np

class Mean:
    def fit(self, X, y): pass
    def predict(self, X): return np.zeros(len(X), int)
    def save_fitted(self, path): path.write_text("x")
    def load_fitted(self, path): pass
"""
SUITE = """
from swapbench import Suite
from light import LIGHT

suite = Suite("mine", models={"mean": {"python": "model:Mean"}}, folds=2, **LIGHT)
test_fit, test_predict = suite.tests()
"""
# What opens a server, by the names under which Python and the libraries here have it.
SERVERS = {
    *("bind", "listen", "create_server", "start_server", "serve_forever", "HTTPServer", "ThreadingHTTPServer"),
    *("TCPServer", "UDPServer", "BaseManager", "SyncManager", "Listener", "init_process_group", "TCPStore"),
}
# A signature is bound to arguments, a variable of a loop to a value: no socket.
OTHERS = {"signature.bind", "_bind", "use.bind", "self._interrupts.listen"}
# Ranks that train together find each other by shared memory and speak over the loopback interface, which they are told.
LOOPBACK = {"models/swapbench_models/training/rank.py": {"distributed.init_process_group"}}


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "n2"])
@pytest.mark.both_cores
def test_no_process_of_a_run_binds_a_socket(tmp_path: Path, workers: tuple[str, ...]) -> None:
    project = Project(tmp_path).write(model=MODEL, data=DATA, light=LIGHT, test_mine=SUITE, sitecustomize=NOTING)
    bound = tmp_path / "bound"
    project.measured("--swap-rounds=2", *workers, PYTHONPATH=str(tmp_path), BOUND=str(bound))
    assert len(project.records()) == 4
    assert not bound.exists(), bound.read_text()


def test_what_would_be_noted_is(tmp_path: Path) -> None:
    listening = "import socket; open_ = socket.create_server(('127.0.0.1', 0))"
    project = Project(tmp_path).write(sitecustomize=NOTING, test_it=listening)
    project.pytest("test_it.py", PYTHONPATH=str(tmp_path), BOUND=str(tmp_path / "bound"))
    assert "127.0.0.1" in (tmp_path / "bound").read_text()


def _calls(file: Path) -> set[str]:
    """Return the names by which a file calls something, with what stands before the last point."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name = node.func
            last = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
            if last in SERVERS:
                found.add(ast.unparse(name))
    return found


def test_no_code_of_ours_opens_a_server() -> None:
    files = [file for part in ("harness", "models") for file in (ROOT / part).rglob("*.py")]
    found = {str(file.relative_to(ROOT)): calls - OTHERS for file in files if (calls := _calls(file)) - OTHERS}
    assert found == LOOPBACK
