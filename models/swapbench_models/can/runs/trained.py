"""Trained: a model that lies in a folder, as its record says that it was trained."""

from dataclasses import dataclass

from swapbench_models.can.detector.detector import Detector
from swapbench_models.can.error import DependencyError
from swapbench_models.can.runs import record
from swapbench_models.can.runs.configuration import Configuration
from swapbench_models.can.runs.factory import Factory
from swapbench_models.can.runs.fit import Fit
from swapbench_models.can.runs.folder import Folder
from swapbench_models.can.runs.record import Record
from swapbench_models.can.runs.standing import damaged, require_own


@dataclass(frozen=True)
class Trained:
    """A detector that has learnt, and how it was configured."""

    detector: Detector
    configuration: Configuration


def trained(folder: Folder, model: str, dataset: str, make: Factory) -> Trained:
    """Return a model of a data set; raises FamilyError, which names the file, where there is none, it or its record is
    damaged, or what it stands on is not there as it was."""
    file = folder.model(model, dataset)
    found = record.read(folder.record(model, dataset))
    if found is None:
        others = [of for _, of in folder.lying((model,)) if of != dataset]
        there = f", or take that of {', '.join(others)}" if others else ""
        raise DependencyError(f"{file}: there is no such model with its record; train it first{there}.")
    how = Configuration(**{name: value for name, value in found.configuration.items() if name != "row"})
    fit = Fit(folder, dataset, found.row, how, model)
    require_own(fit, found)
    if damaged(fit, found):
        raise DependencyError(f"{file}: is not there, or is damaged; train it again.")
    _require_same_needs(fit, found)
    on = {name: need.file for name, need in fit.needs.items()}
    made = make(fit.row, profile=how.profile, seed=how.seed, architecture=how.architecture, on=on)
    made.load_fitted(file)
    return Trained(made, how)


def _require_same_needs(fit: Fit, found: Record) -> None:
    for name, need in fit.needs.items():
        if not need.file.is_file():
            raise DependencyError(f"{fit.file}: stands on {need.file}, which is not there; train that first.")
        if record.digest(need.file) != found.stands_on[name]:
            raise DependencyError(
                f"{fit.file}: stands on {need.file}, which is another since; train {fit} again, or have that back."
            )
