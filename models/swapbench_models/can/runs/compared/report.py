"""Report: all that came of an evaluation of a data set, as JSON has it and as text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from swapbench_models.aligned import aligned
from swapbench_models.can.runs.compared.beside_rule import BesideRule, beside_rule
from swapbench_models.can.runs.compared.comparison import Line, lines
from swapbench_models.can.runs.compared.distilled import distilled
from swapbench_models.can.runs.compared.footnotes import footnotes
from swapbench_models.can.runs.compared.leading import leading
from swapbench_models.can.runs.compared.published import F1, PROTOCOL
from swapbench_models.can.runs.compared.shown import COLUMNS, Table, every, f1, markdown
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
        """Who leads, for each scenario, who is never below the rule on any, and what distillation does."""
        led = [leading([line for line in self.lines if line.scenario == each]) for each in self.scenarios]
        beside = str(self.beside_rule) if self.beside_rule else None
        return [*led, *filter(None, [beside, distilled(self.lines)])]

    @cached_property
    def beside_rule(self) -> BesideRule | None:
        return beside_rule(self.lines)

    @cached_property
    def published(self) -> dict[str, Any]:
        """F1 of others on these recordings, by model and scenario."""
        return {name: sets[self.found.dataset] for name, sets in F1.items() if self.real and self.found.dataset in sets}

    @cached_property
    def failures(self) -> list[str]:
        """A sentence for each training that failed or is blocked, and for each scenario that could not be judged."""
        of = self.found.dataset
        failed = [f"{of} {row}, seed {seed}: {ended.told}" for (row, seed), ended in self.found.failures.items()]
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
            "never_below_rule": [*self.beside_rule.never_below] if self.beside_rule else None,
            "sentences": self.sentences,
            "failures": self.failures,
        }

    def as_text(self, details: bool = False) -> str:
        """Return F1 of all, who leads and what failed, and in `details` after that all that was measured."""
        return self._text(aligned, "", details)

    def as_markdown(self) -> str:
        return self._text(markdown, "## ", True)

    def _text(self, table: Callable[[Table], str], head: str, details: bool) -> str:
        how = self.matrix.configuration
        of = f"{head}{self.found.dataset}: {self.recordings}; models of profile {how.profile}, {how.architecture}"
        below = [*footnotes(self.lines), *([PROTOCOL] if self.published else [])]
        parts = [of, table(f1(self.lines, self.published)), *map(_joined, (below, self.sentences, self.failures))]
        more = [table(every(self.lines)), COLUMNS] if details else []
        return "\n\n".join(filter(None, [*parts, *more])) + "\n"


def _joined(sentences: Sequence[str]) -> str:
    return "\n".join(sentences)
