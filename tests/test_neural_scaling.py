"""Scaling: what a network is given of a table's test part says nothing of that part, and all columns weigh alike."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neural_command
from library_process import Ask
from swapbench_models.neural import datasets, trial

TABLES = {"iris": (4, 3), "wine": (13, 3), "breast_cancer": (30, 2)}
TEXT = """
network Table {{
  input: ({},)
  layers: Dense(HPO(choice(2, 3)), "relu") Output({}, "softmax")
  train {{ epochs: 1 }}
}}
"""


class Noting:
    """Takes note of what it is fitted on and asked for, and has no opinion."""

    def fit(self, X: Any, y: Any) -> None:
        self.fitted, self.classes = X, int(y.max()) + 1

    def predict_proba(self, X: Any) -> Any:
        self.asked = X
        return np.full((len(X), self.classes), 1 / self.classes)

    def predict(self, X: Any) -> Any:
        return self.predict_proba(X).argmax(axis=1)

    def count_parameters(self) -> int:
        return 0


def given(name: str, X: Any, y: Any) -> Noting:
    classifier = Noting()
    trial.run(classifier, X, y, 5, 0, 0, scale=datasets.scale(name))
    return classifier


@pytest.mark.parametrize("name", TABLES)
def test_the_scale_of_a_table_is_learned_from_the_training_part_alone(name: str) -> None:
    X, y = datasets.load(name)
    found = given(name, X, y)
    assert found.fitted.dtype == found.asked.dtype == np.float32
    assert np.allclose(found.fitted.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(found.fitted.std(axis=0), 1, atol=1e-4)
    assert not np.allclose(found.asked.mean(axis=0), 0, atol=1e-2)
    _, test = trial.split(y, 5, 0, 0)
    X[test] += 1000
    other = given(name, X, y)
    assert (other.fitted == found.fitted).all()
    assert not (other.asked == found.asked).any()


def test_a_column_that_is_constant_in_the_training_part_is_no_division_by_nothing() -> None:
    X, y = np.ones((20, 2), np.float32), np.arange(20) % 2
    X[trial.split(y, 5, 0, 0)[1], 1] = 3
    found = given("wine", X, y)
    assert (found.fitted == 0).all()
    assert (found.asked == [0, 2]).all()


def test_pictures_are_given_as_they_are() -> None:
    X, y = datasets.load("digits")
    assert (given("digits", X, y).fitted == X[trial.split(y, 5, 0, 0)[0]]).all()


@pytest.mark.parametrize("command", ["run", "search", "run --hpo"])
def test_so_the_command_trains(torch: Ask, command: str, tmp_path: Path) -> None:
    file = tmp_path / "wine.neural"
    file.write_text(TEXT.format(*TABLES["wine"]))
    name, *options = command.split()
    (status, *_), fitted = torch(neural_command.fitted, name, file, "--dataset", "wine", "--folds", "2", *options)
    assert status == 0
    assert len(fitted) == {"run": 1, "search": 4, "run --hpo": 5}[command]
    assert all(np.allclose(X.mean(axis=0), 0, atol=1e-4) for X in fitted)
    assert all(np.allclose(X.std(axis=0), 1, atol=1e-4) for X in fitted)
