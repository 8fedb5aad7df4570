"""Report: all that came of an evaluation of a data set, as JSON has it and as text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from swapbench_models.aligned import aligned
from swapbench_models.can.runs.compared.comparison import Line, lines
from swapbench_models.can.runs.compared.leading import leading
from swapbench_models.can.runs.compared.published import F1, PROTOCOL
from swapbench_models.can.runs.compared.shown import Table, every, f1, markdown
from swapbench_models.can.runs.evaluate import Evaluation, Matrix


@dataclass(frozen=True)
class Report:
    """An evaluation of rows and seeds, of what recordings it is in words, and the scenarios of its data set; `real`
    says that figures of others are of recordings like these."""

    matrix: Matrix
    found: Evaluation
    recordings: str
    scenarios: Sequence[str]
    real: bool

    @cached_property
    def lines(self) -> list[Line]:
        return lines(self.found, self.scenarios)

    @cached_property
    def sentences(self) -> list[str]:
        """Who leads, for each scenario."""
        return [leading([line for line in self.lines if line.scenario == each]) for each in self.scenarios]

    @cached_property
    def published(self) -> dict[str, Any]:
        """F1 of others on these recordings, by model and scenario."""
        return {name: sets[self.found.dataset] for name, sets in F1.items() if self.real and self.found.dataset in sets}

    @cached_property
    def failures(self) -> list[str]:
        """A sentence for each training that failed, and for each scenario that could not be judged."""
        of = self.found.dataset
        failed = [f"{of} {row}, seed {seed}: failed: {why}" for (row, seed), why in self.found.failures.items()]
        judged = [
            f"{of} {line.model}, seed {seed}, {line.scenario}: not judged: {why}"
            for line in self.lines
            for seed, why in line.errors.items()
            if (line.model, seed) not in self.found.failures
        ]
        return [*failed, *judged]

    def as_json(self) -> dict[str, Any]:
        return {
            "dataset": self.found.dataset,
            "recordings": self.recordings,
            "configuration": self.matrix.configuration.told(),
            "results": [line.as_json() for line in self.lines],
            "published": self.published,
            "sentences": self.sentences,
            "failures": self.failures,
        }

    def as_text(self) -> str:
        return self._text(aligned, "")

    def as_markdown(self) -> str:
        return self._text(markdown, "## ")

    def _text(self, table: Callable[[Table], str], head: str) -> str:
        how = self.matrix.configuration
        of = f"{head}{self.found.dataset}: {self.recordings}; models of profile {how.profile}, {how.architecture}"
        tables = [table(every(self.lines)), table(f1(self.lines, self.published))]
        notes = [self._seeds(), *([PROTOCOL] if self.published else [])]
        parts = [of, *tables, *map("\n".join, filter(None, (notes, self.sentences, self.failures)))]
        return "\n\n".join(parts) + "\n"

    def _seeds(self) -> str:
        if self.matrix.seeds == 1:
            return "F1 and AUC are of one seed, on these recordings: what differs by little may not on others."
        first = self.matrix.configuration.seed
        of = f"seeds {first} to {first + self.matrix.seeds - 1}, in brackets the 95 % interval of F1 (t)"
        return f"F1 and AUC are means of {of}: how far seeds move it, and not how far other recordings would."
