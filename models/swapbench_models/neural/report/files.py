"""Files of the report: written whole or not at all, beside the sources that were measured."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from swapbench_models.neural import networks
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.report.pair import Pair


def sources(pairs: Iterable[Pair]) -> Mapping[str, str]:
    """Return the generated source of each compiled network that was measured, by the name of its file."""
    return {
        f"{pair.model}_{pair.backend}.py": generate(networks.network(pair.model), pair.backend)
        for pair in pairs
        if pair.compiled.measured
    }


def write(file: Path, text: str) -> None:
    """Write a text to a file that is at each moment the old one or the new one, whole."""
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(file)
