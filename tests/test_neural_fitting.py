"""Fitting: what a text asks of its training is done, and told alike by every library."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from swapbench_models.neural.fitting.plan import History

STILL = """
network Still {
  input: (4)
  layers: Output(3, "softmax")
  optimizer: SGD(0.000000001)
  train { epochs: 9 batch_size: 7 validation_split: 0.2 early_stopping: 2 }
}
"""


def history(patience: int | None, *losses: float) -> History:
    found = History(patience)
    for loss in losses:
        found.add(loss, None)
    return found


def test_training_ends_when_patience_does() -> None:
    assert not history(1).done()
    assert not history(None, 1.0, 2.0, 3.0).done()
    assert not history(2, 3.0, 2.0, 2.5).done()
    assert history(2, 3.0, 2.0, 2.5, 2.1).done()


def run(folder: Path, backend: str) -> Any:
    file = folder / "still.neural"
    file.write_text(STILL)
    command = [sys.executable, "-m", "swapbench_models.neural", "run", str(file), "--dataset", "iris", "--json"]
    done = subprocess.run([*command, "-b", backend], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.long
def test_where_nothing_moves_the_loss_is_that_of_all_examples_in_every_library(tmp_path: Path) -> None:
    torch, tensorflow = (run(tmp_path, backend) for backend in ("torch", "tensorflow"))
    # What is lost falls by next to nothing, and yet it falls: patience does not end.
    assert len(torch["losses"]) == len(tensorflow["losses"])
    for name in ("losses", "validation_losses"):
        assert torch[name] == pytest.approx(tensorflow[name], rel=1e-4)
    assert torch["losses"] == pytest.approx([torch["losses"][0]] * len(torch["losses"]), rel=1e-5)
