"""A learner: the networks of a DQN and what it remembers, all that its next step depends on."""

from copy import deepcopy
from typing import Self

import torch
from torch import Tensor, nn

from swapbench_models.can.fusion.q_network import QNetwork
from swapbench_models.can.fusion.replay import Replay


def double_dqn_targets(rewards: Tensor, last: Tensor, online: Tensor, target: Tensor, discount: float) -> Tensor:
    """Return what actions should have been worth (n,): the reward, and unless it was the `last` of an episode (n,) the
    discounted value of the next state's best action, which one network chooses and the other values.

    `online` and `target` are their values in the next states (n, actions) (van Hasselt, Guez and Silver, "Deep
    reinforcement learning with double Q-learning", 2016).
    """
    following = target.gather(1, online.argmax(dim=1, keepdim=True)).squeeze(1)
    return rewards + discount * following * ~last.bool()


class Learner(nn.Module):
    """`online` learns, `target` values what follows, `best` is what `online` was when it did best so far; `merit` (2,)
    is how well that did. `replay` remembers. It is one module, so that checkpoints hold all of it."""

    merit: Tensor

    def __init__(self, hidden: int, capacity: int) -> None:
        super().__init__()
        self.online = QNetwork(hidden)
        self.target = deepcopy(self.online).requires_grad_(False)
        self.best = deepcopy(self.online).requires_grad_(False)
        self.replay = Replay(capacity)
        self.register_buffer("merit", torch.full((2,), -torch.inf, dtype=torch.float64))

    def train(self, mode: bool = True) -> Self:
        """Drop units out of the network that learns alone."""
        super().train(mode)
        self.target.eval()
        self.best.eval()
        return self

    def renew(self) -> None:
        """Value what follows by what has been learnt by now."""
        self.target.load_state_dict(self.online.state_dict())

    def look(self, merit: tuple[float, float]) -> None:
        """Take the network that learns for the best, where it does better than any before."""
        if merit > tuple(self.merit.tolist()):
            self.merit.copy_(torch.tensor(merit, dtype=torch.float64))
            self.best.load_state_dict(self.online.state_dict())
