"""Standing: what a fit stands on, and whether what is there already stands on the same."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from swapbench_models import sealed
from swapbench_models.can.code import code
from swapbench_models.can.error import CanError, DependencyError
from swapbench_models.can.runs import record
from swapbench_models.can.runs.configuration import changes
from swapbench_models.can.runs.fit import Fit
from swapbench_models.can.runs.record import Record
from swapbench_models.error import FamilyError

if TYPE_CHECKING:
    from swapbench_models.can.runs.recordings import Dataset

Standing = Mapping[str, str]
_AGAIN = "give --force-retrain to train it anew, or another folder"


def standing(fit: Fit, dataset: "Dataset") -> dict[str, str]:
    """Return a digest of each thing that decides what a fit learns.

    Raises DependencyError, which names the file, where what it needs is not there, is damaged, or is not what would be
    trained now.
    """
    needed = {name: whole(need, dataset).content for name, need in fit.needs.items()}
    made = {"configuration": sealed.digest(fit.configured()), "code": code(), "recordings": dataset.training.digest}
    return {**made, **needed}


def whole(fit: Fit, dataset: "Dataset") -> Record:
    """Return the record of what is there for others to stand on; raises DependencyError as `standing` does."""
    try:
        found = found_of(fit)
        if found is None:
            raise DependencyError(f"{fit.file}: is not there; train {fit} first.")
        if damaged(fit, found):
            raise DependencyError(f"{fit.file}: is damaged; train {fit} again.")
        require_same(fit, asdict(found), standing(fit, dataset))
    except FamilyError as error:
        raise DependencyError(str(error)) from error
    return found


def found_of(fit: Fit) -> Record | None:
    """Return the record of what is there, or None where nothing is, or a training was interrupted.

    Raises FamilyError for a record that is damaged, or is another model's, and for a model of which nothing says what
    it is.
    """
    found = record.read(fit.record)
    if found is None and fit.file.exists() and not fit.begun.exists():
        raise CanError(f"{fit.file}: lacks {fit.record.name}, which says what it was trained on; {_AGAIN}.")
    if found is not None:
        require_own(fit, found)
    return found


def require_own(fit: Fit, found: Record) -> None:
    """Raise CanError where the record that lies beside a model is another's."""
    if (found.dataset, found.model) != (fit.dataset, fit.name):
        raise CanError(f"{fit.file}: is {found.dataset} {found.model} by {fit.record.name}, and not {fit}; {_AGAIN}.")


def damaged(fit: Fit, found: Record) -> bool:
    """Tell whether the file of a model is not what its record says, or is not there."""
    return not fit.file.is_file() or record.digest(fit.file) != found.content


def require_same(fit: Fit, before: Mapping[str, Any], now: Standing, what: str = "was trained") -> None:
    """Raise CanError where what is there (`configuration` and `stands_on`) stands on something else than what is asked
    for."""
    known: Standing = before["stands_on"]
    other = [name for name in {**now, **known} if known.get(name) != now.get(name)]
    if other:
        told = changes(fit.configured(), before["configuration"])
        more = f" ({', '.join(told)})" if told else ""
        raise CanError(f"{fit.file}: {what} with other {' and '.join(other)}{more}; {_AGAIN}.")
