"""Secrets of the environment: whatever a model prints or raises of them, nothing that is kept or shown has them."""

import json
from pathlib import Path

import pytest

from helpers import DATA, LIGHT, Project
from swapbench.run.secrets import secrets, without

MODELS = """
import os
import numpy as np

def told():
    return " ".join(os.environ[name] for name in ("CI_TOKEN", "SET_API_KEY", "PLAIN_VALUE"))

class Talking:
    def fit(self, X, y):
        print("the environment:", told(), flush=True)
    def predict(self, X):
        return np.zeros(len(X), int)

class Raising(Talking):
    def fit(self, X, y):
        raise ValueError(f"refused for {told()}")

class Dying(Talking):
    def fit(self, X, y):
        print(told(), flush=True)
        os._exit(3)
"""
SUITE = """
from swapbench import Suite
from light import LIGHT

models = {name.lower(): {"python": f"models:{name}"} for name in ("Talking", "Raising", "Dying")}
suite = Suite("talk", models=models, folds=1, **LIGHT)
test_fit, test_predict = suite.tests()
"""
# As a file of variables would be loaded.
CONFTEST = "import os; os.environ['SET_API_KEY'] = 'set-by-the-session'; os.environ['PLAIN_VALUE'] = 'nothing secret'"
GIVEN = {"CI_TOKEN": "given-by-the-job"}
HIDDEN = (b"given-by-the-job", b"set-by-the-session")


def test_no_record_and_no_report_holds_a_secret(tmp_path: Path) -> None:
    project = Project(tmp_path).write(models=MODELS, data=DATA, light=LIGHT, test_talk=SUITE, conftest=CONFTEST)
    reports = [f"--swap-report=report.{ending}" for ending in ("json", "html", "md", "csv")]
    done = project.pytest("--benchmark-only", "--benchmark-json=bench.json", *reports, **GIVEN)
    assert {one.status for one in project.records()} == {"ok", "failed", "crashed"}
    told = json.loads((tmp_path / "report.json").read_bytes())["records"]
    assert any("refused for *** *** nothing secret" in one["reason"] for one in told)
    assert any("*** *** nothing secret" in one["output"] for one in told)
    kept = [*project.store.glob("journal.sqlite*"), *tmp_path.glob("report.*"), tmp_path / "bench.json"]
    assert len(kept) >= 6
    for file in kept:
        assert not any(secret in file.read_bytes() for secret in HIDDEN), file
    assert "given-by-the-job" not in done.stdout + done.stderr


def test_secrets_are_known_by_the_names_of_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GITHUB_TOKEN": "ghs_0123456789",
        "AWS_SECRET_ACCESS_KEY": "a/long/secret",
        "DEPLOY_PRIVATE_KEY": "-----BEGIN-----\nbase64base64\n-----END-----",
        "PGPASSWORD": "short",
        "HOSTNAME_OF_ALL": "plain-and-long",
    }.items():
        monkeypatch.setenv(name, value)
    known = secrets([("DECLARED_TOKEN", "in-the-backend")])
    said = "ghs_0123456789 a/long/secret base64base64 short plain-and-long in-the-backend"
    assert without({"a": [said]}, known) == {"a": ["*** *** *** short plain-and-long ***"]}
