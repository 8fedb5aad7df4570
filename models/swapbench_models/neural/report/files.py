"""Files beside the report: the sources that were measured."""

from collections.abc import Iterable, Mapping

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
