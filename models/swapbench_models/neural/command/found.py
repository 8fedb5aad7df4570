"""Found: what a search has come to, as people and as JSON are told it."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swapbench_models.neural.command.telling import tell_note
from swapbench_models.neural.language.fault import Fault
from swapbench_models.neural.language.printer import show_value
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.search.choices import Choices, Misfit
from swapbench_models.neural.search.filling import filled
from swapbench_models.neural.search.search import Scored, alike


@dataclass(frozen=True, slots=True)
class Found:
    """What was to be chosen, by which method, and the trials in their order, of which one or more were scored."""

    choices: Choices
    method: str
    trials: Sequence[Scored]

    @property
    def best(self) -> Scored:
        """The trial with the highest accuracy, the first of equals."""
        return max((one for one in self.trials if not one.failed), key=lambda one: one.accuracy)

    @property
    def checked(self) -> Checked:
        """The best one's network."""
        return self.best.trial.checked

    def texts(self) -> dict[int, str]:
        """Return the text of each trial by its number, its choices made."""
        return {one.trial.number: filled(self.choices.source, one.trial.chosen) for one in self.trials}

    def told(self) -> dict[str, Any]:
        """Return all of it but texts and networks, as JSON has it."""
        source, others = self.choices.source, alike(self.best, self.trials)
        misfits = list(self.choices.misfits.values())
        return {
            "method": self.method,
            "trials": [_told(source, one) for one in self.trials],
            "best": _told(source, self.best),
            "not_told_apart": None if others is None else [one.trial.number for one in others],
            "left_out": {"count": len(misfits), "first": _misfit(source, misfits[0]) if misfits else None},
            "ended": self.choices.ended or None,
        }

    def line(self) -> str:
        """Return the best of them in a line, and how many others it is not told apart from."""
        return f"best of {len(self.trials)} by {self.method}{self._apart()}: {line(self.choices.source, self.best)}"

    def _apart(self) -> str:
        others, near = sum(not one.failed for one in self.trials) - 1, alike(self.best, self.trials)
        if not others:
            return ""
        if near is None:
            return " (fewer than three folds tell nothing apart)"
        if not near:
            return " (told apart from all others)"
        return f" (not told apart from {len(near)} of {others} other{'s' if others > 1 else ''})"


def line(source: Source, scored: Scored) -> str:
    """Return a trial in a line."""
    chosen = _words(_plain(scored.trial.named(source)))
    if scored.failed:
        return f"trial {scored.trial.number}: not scored, {chosen}: {scored.failed}"
    interval = scored.interval()
    width = "" if interval is None else f" (95 %: {interval[0]:.4f} to {interval[1]:.4f})"
    parameters = scored.trial.checked.network.count_parameters()
    return f"trial {scored.trial.number}: accuracy {scored.accuracy:.4f}{width}, {parameters:,} parameters, {chosen}"


def tell_less(choices: Choices, made: int, asked: int) -> None:
    """Tell, on stderr, what was left out, and why there are fewer trials than were asked for."""
    misfits = list(choices.misfits.values())
    if misfits:
        one, fault = len(misfits) == 1, misfits[0].fault
        many = f"{len(misfits):,} choices make no network and are left out; the first"
        told = "1 choice makes no network and is left out" if one else many
        tell_note(choices.source, Fault(fault.at, f"{told}: {_words(_plain(misfits[0].chosen))}: {fault.message}"))
    if choices.ended:
        print(f"{choices.source.name}: note: {made:,} trials of {asked:,}, for {choices.ended}", file=sys.stderr)


def _told(source: Source, scored: Scored) -> dict[str, Any]:
    told = {
        "trial": scored.trial.number,
        "chosen": _plain(scored.trial.named(source)),
        "parameters": scored.trial.checked.network.count_parameters(),
    }
    if scored.failed:
        return {**told, "failed": scored.failed}
    return {**told, "accuracies": scored.accuracies, "accuracy": scored.accuracy, "interval": scored.interval()}


def _misfit(source: Source, misfit: Misfit) -> dict[str, Any]:
    line, column = source.place(misfit.fault.at)
    return {"chosen": _plain(misfit.chosen), "line": line, "column": column, "message": misfit.fault.message}


def _plain(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was chosen as JSON has it."""
    plain = (int, float, str, type(None))
    return {name: value if isinstance(value, plain) else show_value(value) for name, value in chosen.items()}


def _words(chosen: Mapping[str, Any]) -> str:
    """Return what was chosen in words, numbers as exactly as people compare them."""
    told = ((name, f"{value:.4g}" if isinstance(value, float) else value) for name, value in chosen.items())
    return "; ".join(f"{name} = {value}" for name, value in told)
