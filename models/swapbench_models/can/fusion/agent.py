"""An agent: who chooses in which shares two scores are mixed."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from swapbench_models.can.fusion.actions import Actions, Numbers
from swapbench_models.can.fusion.samples import Samples

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt


class Agent(Protocol):
    """Learns of samples which action pays; `attempts` are none where nothing is trained by steps."""

    attempts: "tuple[Attempt, ...]"

    def fit(self, samples: Samples, folder: Path | None = None) -> Self:
        """Learn anew, or on from where the training in a folder was interrupted; raises DataError where it cannot."""

    def actions(self, first: Numbers, second: Numbers) -> Actions:
        """Return the place in ALPHAS of the share for each pair of scores (n,)."""

    def learned(self) -> dict[str, Any]:
        """Return what was learnt, as a checkpoint holds it."""

    def take(self, learned: Mapping[str, Any]) -> None:
        """Take over what `learned` returned; raises KeyError, TypeError, ValueError or RuntimeError for another's."""

    def count_parameters(self) -> int:
        """Return the number of trained numbers."""
