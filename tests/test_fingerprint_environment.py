"""Options of the command that come from the environment mean what they would mean on the command line."""

import argparse
from datetime import UTC, datetime
from typing import Any

import pytest

from swapbench_models.fingerprint.command.arguments import add_training, option, unasked
from swapbench_models.fingerprint.command.environment import Several, resolved
from swapbench_models.fingerprint.command.window import window
from swapbench_models.fingerprint.error import FingerprintError


def options(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    option(parser, "overwrite", action="store_true")
    option(parser, "train_users", default="all", choices=("all", "generic"))
    option(parser, "epochs", type=int, default=30)
    option(parser, "input_file", "-f", action=Several, nargs="+", required=True)
    option(parser, "skip_user", action=Several, nargs="+", default=[])
    return vars(resolved(parser.parse_args(arguments)))


@pytest.mark.parametrize(
    ("text", "truth"), [("true", True), ("1", True), ("YES", True), ("false", False), ("0", False), ("", False)]
)
def test_truths_are_read_as_such(monkeypatch: pytest.MonkeyPatch, text: str, truth: bool) -> None:
    monkeypatch.setenv("DFP_OVERWRITE", text)
    assert options(["-f", "x"])["overwrite"] is truth


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("DFP_OVERWRITE", "perhaps", "DFP_OVERWRITE=perhaps: give true or false"),
        ("DFP_TRAIN_USERS", "bogus", "DFP_TRAIN_USERS=bogus: choose one of all, generic"),
        ("DFP_EPOCHS", "many", "DFP_EPOCHS=many: invalid literal"),
    ],
)
def test_what_an_option_cannot_be_a_variable_cannot_be(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(FingerprintError, match=words):
        options(["-f", "x"])


def test_the_command_line_counts_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"EPOCHS": "7", "INPUT_FILE": "a,b", "SKIP_USER": "c", "TRAIN_USERS": "generic"}.items():
        monkeypatch.setenv(f"DFP_{name}", text)
    given = options([])
    assert (given["epochs"], given["input_file"], given["skip_user"]) == (7, ["a", "b"], ["c"])
    given = options(["--epochs", "8", "-f", "x", "y", "--input-file", "z", "--skip-user", "d", "--train_users", "all"])
    assert (given["epochs"], given["input_file"], given["skip_user"]) == (8, ["x", "y", "z"], ["d"])
    assert given["train_users"] == "all"


def test_what_a_command_does_not_ask_for_is_the_default_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = argparse.ArgumentParser()
    add_training(asked)
    assert unasked(add_training) == vars(asked.parse_args([]))
    defaults = unasked(add_training)
    monkeypatch.setenv("DFP_EPOCHS", "many")
    assert unasked(add_training) == defaults


def test_help_names_the_default_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFP_EPOCHS", "7")
    parser = argparse.ArgumentParser()
    option(parser, "epochs", type=int, default=30, help="passes (default: {})")
    assert "passes (default: 30)" in parser.format_help()


@pytest.mark.parametrize(
    ("start", "duration", "bounds"),
    [
        (None, None, (None, None)),
        (None, "60d", ("2022-08-02T00:00:00+00:00", "2022-10-01T00:00:00+00:00")),
        ("2022-08-01", None, ("2022-08-01", "2022-09-30T00:00:00+00:00")),
        ("2022-08-01", "12h", ("2022-08-01", "2022-08-01T12:00:00+00:00")),
    ],
)
def test_a_window_begins_at_its_start_or_so_long_ago(
    start: str | None, duration: str | None, bounds: tuple[str | None, str | None]
) -> None:
    assert window(start, duration, datetime(2022, 10, 1, tzinfo=UTC)) == bounds
