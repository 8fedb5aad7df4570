"""Options: which values are taken, from the command line and from a project's settings."""

import argparse
from pathlib import Path

import pytest

from swapbench.plan import table
from swapbench.plugin import options


@pytest.mark.parametrize("text", ["-1", str(2**31), "1.5", "one"])
def test_a_seed_is_what_every_library_takes(text: str) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--seed", type=options.seed)
    with pytest.raises(argparse.ArgumentError):
        parser.parse_args([f"--seed={text}"])
    assert parser.parse_args(["--seed=2147483647"]).seed == 2**31 - 1


@pytest.mark.parametrize("text", ["tool = 3", "[[tool]]\nswapbench = 1", ""])
def test_a_project_without_a_table_of_tools_has_no_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / table.FILE).write_text(text)
    assert table.arguments(tmp_path, []) == []
