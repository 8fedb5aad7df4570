"""Teaching: one training of a DQN, on one half of the samples, with the other to choose by."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from swapbench_models.can.error import CanError
from swapbench_models.can.fusion.actions import ALPHAS
from swapbench_models.can.fusion.learner import Learner, double_dqn_targets
from swapbench_models.can.fusion.q_network import greedy, inputs
from swapbench_models.can.fusion.replay import Transitions
from swapbench_models.can.fusion.samples import Samples
from swapbench_models.can.fusion.settings import Settings
from swapbench_models.can.fusion.table import row
from swapbench_models.can.standing import standing
from swapbench_models.training.keeper import Keeper
from swapbench_models.training.loop import Training, train
from swapbench_models.training.memory import Sharing
from swapbench_models.training.plan import Plan
from swapbench_models.training.progress import Patience, Progress
from swapbench_models.training.seeding import seeded


@dataclass(frozen=True)
class Batch:
    """In which states (n, 4) what was done (n,), and what it should have been worth (n,)."""

    states: Tensor
    actions: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.actions)


class Teaching:
    """One training of a DQN, from its seed on: an epoch of the loop is the episodes from one validation to the next."""

    def __init__(self, settings: Settings, sharing: Sharing, samples: Samples, chosen_by: Samples, seed: int) -> None:
        self._settings, self._sharing, self._seed = settings, sharing, seed
        self._given, self._chosen_by = samples, chosen_by.at_most(settings.validation, seed)
        self._states, self._judged = inputs(samples.states), inputs(self._chosen_by.states)
        self._rewards = torch.from_numpy(samples.rewards.astype(np.float32))
        self._acted = min(max(settings.least, int(settings.share * len(samples))), len(samples))
        with seeded(seed):
            self.learner = Learner(settings.hidden, min(settings.capacity, settings.episodes * self._acted))

    def run(self, folder: Path | None) -> Progress:
        """Teach in place, and keep each epoch where there is a folder for it."""
        chosen, online = self._settings, self.learner.online.parameters()
        training = Training(
            self.learner,
            torch.optim.AdamW(online, chosen.learning_rate, weight_decay=chosen.weight_decay, fused=True),
            self._loss,
            self._batches,
            self._check,
        )
        plan = Plan(chosen.epochs, self._sharing.accumulation, chosen.clip, Patience(chosen.patience), seed=self._seed)
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        progress = train(training, plan, Keeper(folder / "latest.safetensors", self._stands_on()) if folder else None)
        if progress.stopped == "diverged":
            told = f"learning_rate={chosen.learning_rate:g}"
            raise CanError(f"The fusion diverged by episode {progress.epochs_run * chosen.interval}; lower {told}.")
        return progress

    def _batches(self, epoch: int, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the batches of an epoch, each made when all steps before it were taken."""
        chosen, first = self._settings, epoch * self._settings.interval
        for episode in range(first, min(first + chosen.interval, chosen.episodes)):
            self._act(episode, generator)
            for step in range(episode * chosen.steps, (episode + 1) * chosen.steps):
                if step and step % chosen.renewal == 0:
                    self.learner.renew()
                drawn = self.learner.replay.draw(self._sharing.effective, generator)
                yield from map(self._batch, self._sharing.cut(drawn))

    def _act(self, episode: int, generator: torch.Generator) -> None:
        """Remember what an episode of windows in a drawn order brings, some of its actions drawn as well."""
        order = torch.randperm(len(self._states), generator=generator)[: self._acted]
        drawn = torch.rand(len(order), generator=generator) < self._settings.explored(episode)
        others = torch.randint(len(ALPHAS), (len(order),), generator=generator)
        actions = torch.where(drawn, others, greedy(self.learner.online, self._states[order]))
        last = torch.arange(len(order)) == len(order) - 1
        self.learner.replay.push(Transitions(order, actions, self._rewards[order, actions], order.roll(-1), last))

    def _batch(self, places: Tensor) -> Batch:
        found = self.learner.replay.at(places)
        following = self._states[found.following]
        online, target = self.learner.online.settled(following), self.learner.target.settled(following)
        targets = double_dqn_targets(found.reward, found.last, online, target, self._settings.discount)
        return Batch(self._states[found.sample], found.action, targets)

    def _loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        values = self.learner.online(batch.states).gather(1, batch.actions[:, None]).squeeze(1)
        return smooth_l1_loss(values, batch.targets)  # which is Huber's at 1

    def _check(self) -> float:
        """Return what F1 lacks to 1 on what chooses."""
        found = row("", self._chosen_by, ALPHAS[greedy(self.learner.online, self._judged).numpy()])
        self.learner.look(found.merit)
        return 1 - found.merit[0]

    def _stands_on(self) -> dict[str, str]:
        told = {**self._settings.told(), "seed": self._seed, "at a time": self._sharing.batch_size}
        parts = (self._given, self._chosen_by)
        return standing(told, [each for part in parts for each in (part.first, part.second, part.labels)])
