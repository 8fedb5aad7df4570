"""Keras with what its user has set for himself: a network means the same, and what cannot be is said in a sentence."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(each) is None for each in ("tensorflow", "keras")),
    reason="TensorFlow is not installed",
)

TEXT = """network Small {
  input: (28, 28, 1)
  layers: Conv2D(4, 5, strides=4) MaxPooling2D(2) Flatten() Output(10, "softmax")
  train { epochs: 1 }
}"""
HOSTILE = {"image_data_format": "channels_first", "floatx": "float64", "epsilon": 0.1, "backend": "jax"}
COMMAND = "import sys; from swapbench_models.neural.command.main import main; sys.exit(main(sys.argv[1:]))"


def done(code: str, *arguments: str | Path, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run code in a process of its own, as a user does: with Keras' settings from a folder, and no other variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KERAS", "TF_"))}
    paths = os.pathsep.join(filter(None, sys.path))
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**kept, "PYTHONPATH": paths, "KERAS_HOME": str(folder), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.long
def test_what_a_user_has_set_changes_no_network(tmp_path: Path) -> None:
    text, plain, hostile = tmp_path / "small.neural", tmp_path / "plain", tmp_path / "hostile"
    text.write_text(TEXT)
    for each in (plain, hostile):
        each.mkdir()
    (hostile / "keras.json").write_text(json.dumps(HOSTILE))
    found: list[dict[str, Any]] = []
    for each in (plain, hostile):
        ended = done(COMMAND, "run", text, "-b", "tensorflow", "--json", folder=each)
        assert (ended.returncode, ended.stderr) == (0, ""), "nor does TensorFlow say anything of itself"
        found.append(json.loads(ended.stdout))
    assert found[0]["predictions_sha256"] == found[1]["predictions_sha256"]
    assert found[0]["losses"] == found[1]["losses"]


@pytest.mark.long
def test_what_is_written_means_the_same_to_whoever_imports_it(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(json.dumps({"image_data_format": "channels_first"}))
    (tmp_path / "small.neural").write_text(TEXT)
    out = tmp_path / "small_tf.py"
    done(COMMAND, "compile", tmp_path / "small.neural", "-b", "tensorflow", "-o", out, folder=tmp_path)
    code = f"import runpy, sys; model = runpy.run_path({str(out)!r})['build_model'](); "
    code += "print([each.output.shape for each in model.layers])"
    assert done(code, folder=tmp_path).stdout.strip() == str(
        [(None, 28, 28, 1), (None, 6, 6, 4), (None, 3, 3, 4), (None, 36), (None, 10)]
    )


@pytest.mark.parametrize(
    "arguments", [pytest.param(("run", "-b", "tensorflow"), marks=pytest.mark.long), ("convert", "-o", "small.json")]
)
def test_a_library_that_keras_does_not_know_is_told_in_a_sentence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    text = tmp_path / "small.neural"
    text.write_text(TEXT)
    command, *more = arguments
    ended = done(COMMAND, command, text, *more, folder=tmp_path, KERAS_BACKEND="nonsense")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "Keras does not start (Unable to import backend : nonsense); it reads KERAS_BACKEND, which is 'nonsense', and "
        f"{tmp_path}/keras.json: mend what is wrong there.\n"
    )
