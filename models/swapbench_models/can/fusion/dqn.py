"""A DQN: an agent that learns the value of each share by trial and error, as if one window led to the next."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch

from swapbench_models.can.error import CanError
from swapbench_models.can.fusion.actions import Actions, Numbers
from swapbench_models.can.fusion.q_network import QNetwork, greedy, inputs
from swapbench_models.can.fusion.samples import Samples
from swapbench_models.can.fusion.settings import Settings
from swapbench_models.can.fusion.state import normalize_state
from swapbench_models.can.fusion.teaching import Teaching
from swapbench_models.training.memory import Attempt, Sharing, within_memory
from swapbench_models.training.progress import Progress


class DQN:
    """Double DQN over a replay (Mnih et al., 2015; van Hasselt et al., 2016), with the published fusion agent's
    settings (arXiv 2508.04845).

    Which window comes next does not depend on what was done: discounting adds to every action the same, on average,
    and the same noise (`Bandit` does without). It learns of a half of the samples; the other one chooses which of its
    validated networks is kept, by F1, and of equal ones by the mean reward.
    """

    def __init__(self, settings: Settings, seed: int) -> None:
        self.settings, self.seed = settings, seed
        self.attempts: tuple[Attempt, ...] = ()
        self.progress: Progress | None = None
        self._network: QNetwork | None = None

    def fit(self, samples: Samples, folder: Path | None = None) -> Self:
        """Train anew, or with a folder on from the last validation that is kept there.

        Raises DataError for fewer than two samples of a class, and CanError where training diverges.
        """
        halves = samples.halves(self.seed)

        def attempt(sharing: Sharing) -> tuple[QNetwork, Progress]:
            teaching = Teaching(self.settings, sharing, *halves, self.seed)
            return teaching.learner.best, teaching.run(folder and folder / f"{sharing.batch_size}_at_a_time")

        chosen = self.settings
        made, self.attempts = within_memory(attempt, chosen.batch_size, retries=chosen.retries)
        self._network, self.progress = made
        return self

    def actions(self, first: Numbers, second: Numbers) -> Actions:
        if self._network is None:
            raise CanError("This agent has learnt nothing yet; fit it, or load what was fitted.")
        return greedy(self._network, inputs(normalize_state(first, second))).numpy()

    def learned(self) -> dict[str, Any]:
        return {"network": self._network.state_dict() if self._network else {}}

    def take(self, learned: Mapping[str, Any]) -> None:
        network = QNetwork(self.settings.hidden).eval()
        network.load_state_dict(learned["network"])
        self._network = network

    def count_parameters(self) -> int:
        with torch.device("meta"):
            return sum(each.numel() for each in QNetwork(self.settings.hidden).parameters())
