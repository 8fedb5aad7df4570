"""Train: a model on disk the moment it exists, gone on with wherever it was interrupted, and judged."""

import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from swapbench_models import sealed
from swapbench_models.can.catalogue import OPENING_S
from swapbench_models.can.detector.detector import Detector
from swapbench_models.can.error import DataError
from swapbench_models.can.runs import record
from swapbench_models.can.runs.again import Again, trained_by
from swapbench_models.can.runs.factory import Factory
from swapbench_models.can.runs.fit import Fit
from swapbench_models.can.runs.judge import is_of, judged
from swapbench_models.can.runs.openings import openings, warnings
from swapbench_models.can.runs.record import Record
from swapbench_models.can.runs.recordings import Dataset, Part, Recordings
from swapbench_models.can.runs.standing import damaged, found_of, require_same, standing
from swapbench_models.error import FamilyError, told
from swapbench_models.writing import write

Status = Literal["completed", "skipped", "dry_run", "failed", "crashed"]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How a training ended, why it failed if it did, the record of what is there, and the names of the files that it
    `waits_for` where it could not begin."""

    status: Status
    error: str = ""
    record: Record | None = None
    waits_for: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """How it ended in words."""
        if self.waits_for:
            return f"is blocked: {self.error}"
        return f"{self.status}: {self.error}" if self.error else self.status

    @property
    def well(self) -> bool:
        return self.status not in ("failed", "crashed")


@dataclass(frozen=True)
class Trainer:
    """Trains fits on recordings with the detectors of a factory, and tells what is worth telling meanwhile.

    What is there and is what is asked for is left as it is, unless it is to be trained `anew`; then too it stays until
    the new one is whole, and what the same run has trained before it was interrupted is left, and gone on with. Of each
    data set it is told once where its recordings lack what some rows need.
    """

    recordings: Recordings
    make: Factory
    tell: Tell
    anew: bool = False
    warned: set[str] = field(default_factory=set)

    @cached_property
    def _again(self) -> Again:
        return Again(self.anew, self.tell)

    def train(self, fit: Fit) -> Outcome:
        """Train a fit, judge it on every scenario, and say how that ended; why a training failed is kept beside it."""
        if fit.missing:  # before any recording is looked at
            return _blocked(fit)
        outcome = self._ended(fit)
        self._warn(outcome.record)
        return outcome

    def _ended(self, fit: Fit) -> Outcome:
        try:
            with fit.folder.held(fit.dataset):
                return self._trained(fit, self.recordings.dataset(fit.dataset))
        except ModuleNotFoundError:  # of which the command says what brings it
            raise
        except (FamilyError, OSError) as error:
            return _failed(fit, "failed", error)
        except Exception as error:  # one of many, of which the others go on
            return _failed(fit, "crashed", error)

    def _trained(self, fit: Fit, dataset: Dataset) -> Outcome:
        stands_on = standing(fit, dataset)
        begun = self._again.begun(fit, stands_on)
        run = self._again.run(fit, begun)
        found = trained_by(run, fit, stands_on) if run else self._found(fit, stands_on)
        if found:
            if begun:
                fit.end()  # as a kill after its record was written left it
            return Outcome("skipped", record=self._judged(fit, found, dataset))
        if not len(dataset.training.windows):
            raise DataError(
                f"{fit.dataset}: has no window to learn from: its recordings are too short, or there are none."
            )
        if begun:
            fit.failure.unlink(missing_ok=True)
        else:
            self._again.begin(fit, stands_on)
        detector = self._detector(fit)
        if hasattr(detector, "bar"):  # networks take long, and show on a terminal how far an epoch is
            detector.bar = True
        began = time.perf_counter()
        detector.fit(dataset.training.windows, fit.checkpoints)
        seconds = time.perf_counter() - began
        detector.save_fitted(fit.whole)
        made = self._record(fit, dataset, stands_on, detector)
        made = replace(made, fit_s=round(seconds, 3), resumed=bool(begun), run=run)
        write(fit.file, fit.whole.read_bytes())
        made.write(fit.record)
        fit.end()
        return Outcome("completed", record=self._judged(fit, made, dataset, detector))

    def _found(self, fit: Fit, stands_on: dict[str, str]) -> Record | None:
        """Return the record of what is there and is whole; raises FamilyError where it is not what is asked for."""
        found = found_of(fit)
        if found is None:
            return None
        require_same(fit, asdict(found), stands_on)
        if damaged(fit, found):
            self.tell(f"{fit.file}: is damaged; it is trained anew.")
            return None
        return found

    def _detector(self, fit: Fit) -> Detector:
        """Return the detector of a fit, which has learnt nothing yet."""
        how = fit.configuration
        on = {name: need.file for name, need in fit.needs.items()}
        return self.make(fit.row, profile=how.profile, seed=how.seed, architecture=how.architecture, on=on)

    def _loaded(self, fit: Fit) -> Detector:
        made = self._detector(fit)
        made.load_fitted(fit.file)
        return made

    def _record(self, fit: Fit, dataset: Dataset, stands_on: dict[str, str], detector: Detector) -> Record:
        labels = dataset.training.windows.labels
        return Record(
            dataset=fit.dataset,
            model=fit.name,
            row=fit.row,
            configuration=fit.configured(),
            recordings=dataset.told,
            stands_on=stands_on,
            content=record.digest(fit.whole),
            windows=len(labels),
            positives=int(labels.sum()),
            parameters=detector.count_parameters(),
            threshold=float(detector.threshold),
            attempts=[asdict(each) for each in detector.attempts],
            openings=self._openings(fit, dataset.training),
        )

    def _openings(self, fit: Fit, part: Part) -> dict[str, Any]:
        return openings(part.windows.recordings, OPENING_S[fit.configuration.profile])

    def _warn(self, found: Record | None) -> None:
        """Tell once of a data set what its recordings lack, by a record of what was judged on them."""
        if found is None or found.dataset in self.warned:
            return
        self.warned.add(found.dataset)
        counted = [found.openings, *(each.get("openings", {}) for each in found.scores.values())]
        for sentence in warnings(found.dataset, filter(None, counted)):
            self.tell(sentence)

    def _judged(self, fit: Fit, found: Record, dataset: Dataset, detector: Detector | None = None) -> Record:
        """Return a record with what came of judging on each scenario that was not, or on other recordings."""
        kept = {name: found.scores[name] for name in dataset.scenarios if name in found.scores}
        for name, part in dataset.scenarios.items():
            if name in kept and is_of(kept[name], part):
                continue
            detector = detector or self._loaded(fit)
            kept[name] = judged(detector, part)
            if "error" not in kept[name]:
                kept[name] = {**kept[name], "openings": self._openings(fit, part)}
            found = replace(found, scores=kept)
            found.write(fit.record)
        return replace(found, scores=kept)


def _blocked(fit: Fit) -> Outcome:
    waits = tuple(file.name for file in fit.missing)
    first = " and ".join(name for name, need in fit.needs.items() if {need.file, need.record} & {*fit.missing})
    error = f"it waits for {' and '.join(waits)} in {fit.folder.root}; train its {first} first."
    return Outcome("failed", error, waits_for=waits)


def _failed(fit: Fit, status: Status, error: Exception) -> Outcome:
    """Return how a training failed, and keep that beside it if it had begun."""
    said = f"{error.filename or fit.file}: {error.strerror or error}" if isinstance(error, OSError) else told(error)
    if fit.begun.exists():
        attempts: list[Any] = [asdict(each) for each in getattr(error, "attempts", ())]
        where = traceback.format_exception(error)
        with suppress(FamilyError, OSError):  # what cannot be written is no reason not to tell the first
            sealed.write(fit.failure, {"status": status, "error": said, "attempts": attempts, "traceback": where})
    return Outcome(status, said)
