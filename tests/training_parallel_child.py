"""What tests of parallel training have done in a process with torch, and in those that it starts."""

from pathlib import Path
from typing import Any

from swapbench_models.training.keeper import Keeper
from swapbench_models.training.loop import train
from swapbench_models.training.memory import Sharing
from swapbench_models.training.parallel import World
from swapbench_models.training.plan import Plan
from training_child import STANDS_ON, digest, told, training


def trained(
    world: World,
    sharing: tuple[int, int] = (8, 2),
    epochs: int = 3,
    weighted: bool = False,
    dropout: float = 0.0,
    folder: str | None = None,
    optimizer: str = "torch sgd",
) -> dict[str, Any]:
    made = training(optimizer, Sharing(*sharing), dropout, weighted=weighted)
    keeper = Keeper(Path(folder) / "latest", STANDS_ON, Path(folder) / "best") if folder else None
    plan = Plan(epochs, accumulation=sharing[1], clip=0.5, seed=3)
    progress = train(made, plan, keeper, world=world)
    return {"weights": dict(made.module.state_dict()), "told": told(progress), "digest": digest(made)}
