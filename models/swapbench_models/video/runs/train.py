"""Train: every model on every fold, in order, each result on disk the moment it exists."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from swapbench_models import sealed
from swapbench_models.error import FamilyError
from swapbench_models.video.reading.content import digest
from swapbench_models.video.runs import results
from swapbench_models.video.runs.begin import Asked, Shown, Tell, begun
from swapbench_models.video.runs.clips import Clips
from swapbench_models.video.runs.description import Description
from swapbench_models.video.runs.factory import Factory
from swapbench_models.video.runs.fold import Cell, Result
from swapbench_models.video.runs.folder import Folder


@dataclass
class Outcome:
    """The results of each model's folds, and why other folds have none."""

    results: dict[str, list[Result]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def train(asked: Asked, folder: Folder, make: Factory, tell: Tell, shown: Shown = iter) -> Outcome:
    """Train what is asked for in a folder, or what of it is not there yet, and tell of each fold.

    One that fails is told, and the others go on. Raises FamilyError before anything is trained where the folder holds
    something else, another process is at work there, a clip cannot be read, or folds are too many.
    """
    outcome = Outcome()
    with folder.held():
        work = _Work(folder, *begun(asked, folder, tell, shown), make, tell, outcome)
        for model in asked.models:
            outcome.results[model] = work.trained(model)
    return outcome


@dataclass(frozen=True)
class _Work:
    folder: Folder
    description: Description
    clips: Clips
    make: Factory
    tell: Tell
    outcome: Outcome

    def trained(self, model: str) -> list[Result]:
        """Return the results of a model's folds, its table written after each of them."""
        folds, table = self.description.configuration.folds, self.folder.results(model)
        kept = {fold: self._kept(Cell(self.folder, model, fold)) for fold in range(1, folds + 1)}
        found = [result for result in kept.values() if result]
        complete = len(found) == folds
        if complete:
            self.tell(f"{model}: complete already.")
        else:
            self.folder.complete(model).unlink(missing_ok=True)
        if found:
            results.write(table, found)  # as a kill between a mark and the table left it
        else:
            table.unlink(missing_ok=True)
        for result in self._missing(model, [fold for fold, result in kept.items() if not result]):
            found = sorted([*found, result], key=lambda each: each.fold)
            results.write(table, found)
        if len(found) == folds:
            files = {table.name: digest(table)}
            sealed.write(self.folder.complete(model), {"stands_on": dict(self.description.stands_on), "files": files})
        return found

    def _kept(self, cell: Cell) -> Result | None:
        """Return what came of a cell before; what is damaged is told, and trained anew."""
        try:
            return cell.result(self.description.stands_on)
        except FamilyError as error:
            self.tell(f"{cell}: {error} It is trained anew.")
            return None

    def _missing(self, model: str, folds: list[int]) -> Iterator[Result]:
        """Yield the results of the folds that are not there yet, but for those that fail, which is told."""
        for fold in folds:
            cell = Cell(self.folder, model, fold)
            try:
                result = cell.train(self.description, self.clips, self.make)
            except Exception as error:  # one of many cells, of which the others go on: it is kept, and told
                self.outcome.failures[str(cell)] = cell.fail(error)
                self.tell(f"{cell}: failed: {self.outcome.failures[str(cell)]}")
                continue
            self.tell(f"{cell} of {self.description.configuration.folds}: {_told(result)}")
            yield result


def _told(result: Result) -> str:
    area = "" if result.scores.roc_auc is None else f", ROC AUC {result.scores.roc_auc:.4f}"
    more = len(result.attempts) - 1
    anew = f", for which memory sufficed in attempt {more + 1}" if more > 0 else ""
    return f"accuracy {result.scores.accuracy:.4f}, F1 {result.scores.f1:.4f}{area}, {result.fit_s:.1f} s{anew}"
