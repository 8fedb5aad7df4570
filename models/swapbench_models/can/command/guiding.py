"""The command `guided`: the plan step by step, each asked for."""

import argparse
from typing import TYPE_CHECKING

from swapbench_models.can.command.arguments import (
    add_configuration,
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
    from swapbench_models.can.runs.plan import Training
    from swapbench_models.can.runs.states import Asked
    from swapbench_models.can.runs.train import Trainer

_CHOICES = {"t": "train", "s": "skip", "q": "quit", "d": "dry_run"}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add guided."""
    parser = commands.add_parser("guided", help="go through all trainings, and be asked what to do with each")
    parser.set_defaults(command=_guided, interrupted=" The same command goes on where it was.")
    parser.add_argument("-d", "--dataset", action="append", metavar="NAME", help="these alone (repeatable)")
    add_recordings(parser)
    add_models(parser)
    add_configuration(parser)


def _guided(options: argparse.Namespace) -> int:
    from swapbench_models.can.runs.plan import plan
    from swapbench_models.can.runs.states import states
    from swapbench_models.can.runs.train import Trainer

    of, trainings = asked(options), plan(datasets(options))
    found = states(of, trainings)
    print(as_text(found))
    left = [each.training for each in found if each.status != "trained"]
    guide = _Guide(of, Trainer(recordings(options), factory(options), tell))
    print(f"\n{len(left)} of {len(trainings)} trainings are left, in this order:")
    for number, training in enumerate(left, 1):
        print(f"{number:3}. {training}")
    for number, training in enumerate(left, 1):
        if not guide.step(training, f"{number} of {len(left)}"):
            break
    print(guide.told(len(left)))
    return int(bool(guide.failed))


class _Guide:
    """Asks what to do with each training, does it, and counts how they ended."""

    def __init__(self, of: "Asked", trainer: "Trainer") -> None:
        self._of, self._trainer = of, trainer
        self.done: list[Training] = []
        self.failed: list[Training] = []

    def step(self, training: "Training", place: str) -> bool:
        """Ask for a training until it is trained or skipped; tell whether to go on."""
        while True:
            waits = [file.name for file in self._of.fit(training).missing if file.suffix == ".pth"]
            print(f"\n{place}: {training}" + (f", which waits for {' and '.join(waits)}" if waits else ""))
            choice = _asked("(t)rain, (s)kip, (q)uit, (d)ry-run? ", _CHOICES)
            if choice in ("q", ""):
                return False
            if choice == "s":
                return True
            if choice == "d":
                print(f"Would be trained into {self._of.fit(training).file}.")
            elif not self._again(training):
                return True

    def _again(self, training: "Training") -> bool:
        """Train, and tell whether it failed and is to be asked for again."""
        outcome = self._trainer.train(self._of.fit(training))
        print(sentence(self._of, training, outcome))
        if outcome.well:
            self.done.append(training)
            self.failed = [each for each in self.failed if each != training]
            return False
        self.failed = [*(each for each in self.failed if each != training), training]
        return _asked("Try again (y/n)? ", {"y": "yes", "n": "no"}) == "y"

    def told(self, many: int) -> str:
        """Return in words how it ended."""
        failed = f", {len(self.failed)} failed: {', '.join(map(str, self.failed))}" if self.failed else ""
        return f"\n{len(self.done)} of {many} trained{failed}. The same command goes on from there."


def _asked(question: str, choices: "dict[str, str]") -> str:
    """Return the first letter of a choice, or nothing where nobody answers any more."""
    while True:
        try:
            answer = input(question).strip().lower()
        except EOFError:
            print("\nNobody answers any more, so it ends here.")
            return ""
        if answer[:1] in choices and choices[answer[:1]].startswith(answer.replace("-", "_")):
            return answer[:1]
        print(f"Please answer {', '.join(choices)}.")
