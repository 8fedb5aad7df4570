"""What the source of a network in torch does with what is too long for a line, and with lengths that are not known."""

import subprocess
import sys
from pathlib import Path

import pytest

from neural_by_hand import by_hand
from swapbench_models.neural.generate.elements import Listed, element
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.refusal import GenerationError
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.measured.lines import lines_of_python, lines_of_text
from swapbench_models.neural.network.window import UNKNOWN

NINE = " ".join(f"input_{number}: (28, 28, {number + 1})" for number in range(9))
LONG = (
    "input: (9, 8, 7, 3) layers: AveragePooling3D((2, 3, 4), (1, 2, 1), padding='same')",
    "input: (9, 8, 7, 3) layers: Conv3DTranspose(4, (2, 3, 4), (3, 2, 1), padding='same')",
    f"input: {{ {NINE} }} layers: Concatenate() Dense(3)",
)
SAME = f"padding same {UNKNOWN}"


def torch_source(body: str) -> str:
    (checked,) = check(Source(f"network T {{ {body} }}"))
    return generate(checked.network, "torch")


def test_long_lines_are_laid_out_as_the_formatter_does(tmp_path: Path) -> None:
    for number, body in enumerate(LONG):
        (tmp_path / f"network_{number}.py").write_text(torch_source(body))
    for width in (10, 100, 108, 110, 130):
        name, names = "f" * width, tuple(f'"{"n" * (width // 4)}_{number}"' for number in range(5))
        lines = "\n".join(
            (element(name, ["1", '"a, (b"', Listed(names, "names=")], 4), element(name, [Listed(names)], 4))
        )
        (tmp_path / f"lines_{width}.py").write_text(f"found = [\n{lines}\n]\n")
    options = ("--isolated", "--no-cache", "--line-length", "120", "--diff")
    ruff = [sys.executable, "-m", "ruff", "format", *options, tmp_path]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("input: (None, None, 3) layers: Conv1D(4, 3, 2, padding='same')", SAME),
        ("input: (None, None, 3) layers: MaxPooling1D(2, padding='same')", SAME),
        ("input: (None, None, 3) layers: AveragePooling1D(2, 1, padding='same')", SAME),
    ],
)
def test_what_torch_cannot_do_is_refused_before_it_is_written(body: str, reason: str) -> None:
    with pytest.raises(GenerationError, match="cannot be generated for torch") as error:
        torch_source(body)
    assert [found for _, found in error.value.refused] == [reason]


def test_lengths_that_padding_does_not_depend_on_need_not_be_known() -> None:
    for body in (
        "Conv1D(4, 2, padding='same')",
        "Conv1D(4, 1, 2, padding='same')",
        "MaxPooling1D(2, 1, padding='same')",
    ):
        assert "class Network" in torch_source(f"input: (None, None, 3) layers: {body}")


def test_lines_of_code_are_counted_alike_in_both_languages() -> None:
    text = """
        # A comment, and training, are not counted.
        network T { input: (4,) layers: Dense(8) Output(2, "softmax")
                    loss: "mse" train { epochs: 3 } }
    """
    assert lines_of_text(Source(text)) == len(("network T {", "input", "layers:", "Dense", "Output", "}"))
    assert lines_of_python(by_hand) == 6
