"""The command `guided`: the plan step by step, each asked for."""

import argparse
from typing import TYPE_CHECKING

from swapbench_models.can.command.arguments import (
    add_configuration,
    add_fusion,
    add_models,
    add_recordings,
    asked,
    datasets,
    factory,
    recordings,
    tell,
)
from swapbench_models.can.command.listing import as_text
from swapbench_models.can.command.training import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from swapbench_models.can.runs.plan import Training
    from swapbench_models.can.runs.states import Asked
    from swapbench_models.can.runs.train import Trainer

_CHOICES = {"t": "train", "s": "skip", "q": "quit", "d": "dry-run"}
_ANSWERS = {"y": "yes", "n": "no"}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add guided."""
    parser = commands.add_parser("guided", help="go through all trainings, and be asked what to do with each")
    parser.set_defaults(command=_guided, interrupted=" The same command goes on where it was.")
    parser.add_argument("-d", "--dataset", action="append", metavar="NAME", help="these alone (repeatable)")
    add_recordings(parser)
    add_models(parser)
    add_fusion(parser)
    add_configuration(parser)


def _guided(options: argparse.Namespace) -> int:
    from swapbench_models.can.runs.plan import plan
    from swapbench_models.can.runs.states import states
    from swapbench_models.can.runs.train import Trainer

    of, trainings = asked(options), plan(datasets(options))
    guide = _Guide(of, Trainer(recordings(options), factory(options), tell))
    found = states(of, trainings)
    print(as_text(found))
    left = [each.training for each in found if each.status != "trained"]
    print(f"\n{len(left)} of {len(trainings)} trainings are left, in this order:")
    for number, training in enumerate(left, 1):
        print(f"{number:3}. {training}")
    try:
        for number, training in enumerate(left, 1):
            if not guide.step(training, f"{number} of {len(left)}"):
                break
    except EOFError:
        print("\nNobody answers any more, so it ends here.")
    print(guide.told(len(left)))
    return int(bool(guide.failed))


class _Guide:
    """Asks what to do with each training, does it, and counts how they ended."""

    def __init__(self, of: "Asked", trainer: "Trainer") -> None:
        self._of, self._trainer = of, trainer
        self.done: list[Training] = []
        self.failed: list[Training] = []

    def step(self, training: "Training", place: str) -> bool:
        """Ask what to do with a training until it is done or skipped, and tell whether to go on; raises EOFError where
        nobody answers."""
        waits = [file.name for file in self._of.fit(training).missing]
        print(f"\n{place}: {training}" + (f", which waits for {' and '.join(waits)}" if waits else ""))
        while (choice := _asked("(t)rain, (s)kip, (q)uit, (d)ry-run? ", _CHOICES)) == "d":
            print(f"Would be trained into {self._of.fit(training).file}.")
        if choice == "t":
            self._train(training)
        return choice != "q"

    def _train(self, training: "Training") -> None:
        """Train, and again for as long as that fails and is wanted, but where it waits for others."""
        while True:
            outcome = self._trainer.train(self._of.fit(training))
            print(sentence(self._of, training, outcome))
            if outcome.well:
                self.done.append(training)
                return
            if outcome.waits_for:
                return
            if _asked("Try again (y/n)? ", _ANSWERS) == "n":
                self.failed.append(training)
                return

    def told(self, many: int) -> str:
        """Return in words how it ended."""
        failed = f", {len(self.failed)} failed: {', '.join(map(str, self.failed))}" if self.failed else ""
        return f"\n{len(self.done)} of {many} trained{failed}. The same command goes on from there."


def _asked(question: str, choices: "Mapping[str, str]") -> str:
    """Return the first letter of a choice; raises EOFError where nobody answers."""
    while True:
        answer = input(question).strip().lower()
        if answer and any(word.startswith(answer) for word in choices.values()):
            return answer[0]
        print(f"Please answer {', '.join(choices)}.")
