"""Runs to make reports of: one that was recorded, and what becomes of it when it is changed."""

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from swapbench_models.neural.command.main import main

RUN = Path(__file__).parent / "data" / "neural" / "run.json"
# The fields of a record as the reference has them; the first three name it.
RECORD = (
    *("model_name", "backend", "framework", "parse_time", "codegen_time", "total_overhead", "training_time"),
    *("training_time_pure", "memory_used_mb", "peak_memory_mb", "final_loss", "final_accuracy", "epochs_completed"),
)

Values = dict[str, Any]
Edit = Callable[[Values], object]


@cache
def _recorded() -> Values:
    """A run of simple_mlp both ways and of cnn by hand, without the load that there was."""
    values: Values = json.loads(RUN.read_text())
    for record in values["records"]:
        for sample in record["samples"]:
            sample["contaminated"] = False
    return values


def written(folder: Path, *edits: Edit) -> Path:
    """Write the run, changed by some edits, and return its file."""
    values = copy.deepcopy(_recorded())
    for edit in edits:
        edit(values)
    file = folder / "run.json"
    file.write_text(json.dumps(values))
    return file


def records(values: Values, **wanted: Any) -> Iterator[Values]:
    """Yield the records of some cells."""
    for record in values["records"]:
        if all(record["cell"][name] == value for name, value in wanted.items()):
            yield record


def compiled(values: Values, phase: str, backend: str = "torch") -> list[Values]:
    """Return the records of a phase of simple_mlp, compiled."""
    return list(records(values, model="simple_mlp", backend=backend, variant="compiled", phase=phase))


def reported(file: Path, *options: str, status: int = 0) -> tuple[str, list[Values]]:
    """Return the report of a run, as Markdown and as JSON."""
    folder = file.parent / "out"
    assert main(["benchmark", "--from", str(file), "--output", str(folder), *options]) == status
    return (folder / "benchmark_report.md").read_text(), json.loads((folder / "benchmark_results.json").read_text())
