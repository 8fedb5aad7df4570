"""States: of each training of a plan, whether it is done, can be done now, or waits for others, and what it takes."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal

from swapbench_models import sealed
from swapbench_models.can.runs import origin, record
from swapbench_models.can.runs.configuration import Configuration, changes
from swapbench_models.can.runs.fit import Fit
from swapbench_models.can.runs.folder import Folder
from swapbench_models.can.runs.plan import Training
from swapbench_models.can.runs.record import Record
from swapbench_models.can.runs.standing import damaged, found_of
from swapbench_models.error import FamilyError

Status = Literal["trained", "ready", "blocked"]


@dataclass(frozen=True)
class Asked:
    """A folder of models, how they are configured, by what the fusion agents choose, and the folder of the recordings
    (None: those that are drawn by each one's configuration), unless whoever calls has `given` others."""

    folder: Folder
    configuration: Configuration
    fusion: str = "dqn"
    data: Path | None = None
    given: bool = False

    def fit(self, training: Training) -> Fit:
        row = f"fusion_{self.fusion}" if training.model == "fusion" else training.model
        return Fit(self.folder, training.dataset, row, self.configuration, training.model)


@dataclass(frozen=True)
class State:
    """A training: the names of the files that it waits for, what else is to be said of it, how many seconds it or
    others like it took, None where nothing of the kind was measured, and in words on what recordings it was trained,
    where these are not those that are asked for."""

    training: Training
    status: Status
    waits_for: tuple[str, ...]
    note: str
    seconds: float | None
    recordings: str = ""


def states(asked: Asked, trainings: Sequence[Training]) -> list[State]:
    """Return the state of each training; nothing but the records of models and the models' bytes is looked at."""
    known = {training: _known(asked.fit(training)) for training in trainings}
    needed = {need for training in trainings for need in training.needs} - known.keys()
    known |= {training: _known(asked.fit(training)) for training in needed}
    measured = [found for found, _ in known.values() if found]
    return [_state(asked, training, known, measured) for training in trainings]


Known = tuple[Record | None, str]


def _state(asked: Asked, training: Training, known: dict[Training, Known], measured: Sequence[Record]) -> State:
    found, note = known[training]
    waits = tuple(asked.fit(need).file.name for need in training.needs if known[need][0] is None)
    status: Status = "trained" if found else "blocked" if waits else "ready"
    seconds = _seconds(asked.fit(training), measured)
    return State(training, status, () if found else waits, note, seconds, _other(asked, found))


def profiles(folder: Folder, trainings: Iterable[Training]) -> set[str]:
    """Return the profiles of the models of a plan that lie in a folder and are whole."""
    found = set()
    for each in trainings:
        with suppress(FamilyError):  # of which states tell
            known = record.read(folder.record(each.model, each.dataset))
            found |= {known.configuration["profile"]} if known else set()
    return found


def _other(asked: Asked, found: Record | None) -> str:
    if found is None:
        return ""
    own = origin.generated(found.configuration["profile"], found.configuration["seed"])
    same = found.recordings == own if asked.data is None else origin.is_of(found.recordings, asked.data)
    return "" if same or asked.given else found.recordings


def _known(fit: Fit) -> Known:
    """Return the record of what is there and whole, if it is, and what is to be said of it."""
    try:
        found = found_of(fit)
        if found and damaged(fit, found):
            return None, f"{fit.file.name} is damaged"
        if found:
            return found, ", ".join(changes(fit.configured(), found.configuration))
        return None, _unfinished(fit)
    except FamilyError as error:
        return None, str(error)


def _unfinished(fit: Fit) -> str:
    failure = sealed.read(fit.failure)
    if failure:
        return f"{failure['status']} when it was last tried: {failure['error']}"
    return "was interrupted" if fit.begun.exists() else ""


def _seconds(fit: Fit, measured: Iterable[Record]) -> float | None:
    """Return how long such a training took as a whole: this one, or else the mean of the same model on other data sets,
    by the window where it is known how many this one has."""
    like = [
        each
        for each in measured
        if not each.resumed and all(each.configuration.get(name) == value for name, value in _kind(fit).items())
    ]
    own = [each.fit_s for each in like if each.dataset == fit.dataset]
    if own or not like:
        return own[0] if own else None
    windows = [each.windows for each in measured if each.dataset == fit.dataset]
    if windows:
        return fmean(each.fit_s / each.windows for each in like) * windows[0]
    return fmean(each.fit_s for each in like)


def _kind(fit: Fit) -> dict[str, str]:
    """Return of a configuration what decides how long training takes."""
    return {name: value for name, value in fit.configured().items() if name != "seed"}
