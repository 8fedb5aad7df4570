"""What tests of parallel training have done in a process with torch, and in those that it starts."""

import importlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from swapbench_models.training.error import TrainingError
from swapbench_models.training.keeper import Keeper
from swapbench_models.training.loop import Training, train
from swapbench_models.training.memory import Sharing, within_memory
from swapbench_models.training.parallel import World
from swapbench_models.training.part import share
from swapbench_models.training.plan import Plan
from swapbench_models.training.ranks import Ranks

# Two processes for all tests: what ends them has the next one start others.
TWO = Ranks("training_parallel_child:called", 2)


def called(world: World, name: str, **given: Any) -> Any:
    """Call one of the functions below by its name, in each process."""
    return globals()[name](world, **given)


# In each process


def taught(
    world: World | None,
    sharing: tuple[int, int] = (8, 2),
    epochs: int = 4,
    weighted: bool = False,
    dropout: float = 0.0,
    folder: str | None = None,
) -> dict[str, Any]:
    import training_child as child  # with all that optimizers import, which most processes here need not wait for

    made = child.training("torch adamw", Sharing(*sharing), dropout, weighted=weighted)
    keeper = Keeper(Path(folder) / "latest", child.STANDS_ON, Path(folder) / "best") if folder else None
    progress = train(made, Plan(epochs, accumulation=sharing[1], clip=0.5, seed=3), keeper, world=world)
    weights = [each.flatten().tolist() for each in made.module.state_dict().values()]
    return {"weights": weights, "progress": child.told(progress), "digest": child.digest(made)}


def where(world: World, folder: str) -> None:
    """Write down the cores and threads of this process, and at which addresses it listens."""
    files = (f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd"))
    own = {os.readlink(file) for file in files if os.path.islink(file)}
    listening = [
        line.split()[1].partition(":")[0]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if f"socket:[{line.split()[9]}]" in own and line.split()[3] == "0A"
    ]
    found = [sorted(os.sched_getaffinity(0)), torch.get_num_threads(), listening]
    (Path(folder) / str(world.rank)).write_text(repr(found))


def changed(world: World, X: Tensor) -> Tensor:
    """Return what was given, once each process has changed what it was given."""
    X += 1 + world.rank
    torch.distributed.barrier()
    return X


def disturbed(world: World, how: str) -> None:
    """Train, and have the second process disturb it."""
    module = nn.Linear(3, 1)

    def loss(batch: Tensor, _: torch.Generator) -> Tensor:
        if world.rank == 1:
            if how == "runs out of memory":
                raise MemoryError("none left")
            if how in ("SIGKILL", "SIGSTOP"):
                os.kill(os.getpid(), getattr(signal, how))
        return module.weight.sum() if how == "leaves a weight out" else module(torch.ones(len(batch), 3)).sum()

    train(Training(module, _Still(module), loss, lambda *_: [torch.arange(4)]), Plan(1), world=world)


class _Still:
    """An optimizer that takes no steps, and imports nothing."""

    def __init__(self, module: nn.Module) -> None:
        self.param_groups: list[dict[str, Any]] = [{"params": list(module.parameters()), "lr": 0.0}]

    def zero_grad(self) -> None: ...

    def step(self) -> None: ...

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None: ...


# In the process that starts them


def close() -> None:
    TWO.close()


def devices() -> int:
    return torch.cuda.device_count()


def both(sharing: tuple[int, int], weighted: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what one process has learnt, and two."""
    return taught(None, sharing, weighted=weighted), TWO(name="taught", sharing=sharing, weighted=weighted)


def gone_on(folder: Path) -> tuple[list[str], set[str]]:
    """Return what two processes come to that drop units out: undisturbed, and gone on with after three epochs of six;
    and which files they have kept."""
    asked = {"name": "taught", "sharing": (10, 1), "dropout": 0.5}
    whole = TWO(**asked, epochs=6)
    TWO(**asked, epochs=3, folder=str(folder))
    resumed = TWO(**asked, epochs=6, folder=str(folder))
    return [whole["digest"], resumed["digest"]], {file.name for file in folder.iterdir()}


def placed(folder: Path) -> list[Any]:
    TWO(name="where", folder=str(folder))
    return [eval((folder / str(rank)).read_text()) for rank in (0, 1)]  # noqa: S307  # we wrote it


def handed() -> tuple[list[float], list[float]]:
    """Return what the first process made of a tensor that both changed, and what is left of it here."""
    X = torch.zeros(3)
    return TWO(name="changed", X=X).tolist(), X.tolist()


def refusal(how: str) -> str:
    """Return what is said when the second process disturbs the others."""
    try:
        TWO(name="disturbed", how=how)
    except TrainingError as error:
        return str(error)
    return ""


def stopped() -> str:
    with Ranks("training_parallel_child:called", 2, patience_s=3.0) as ranks:
        try:
            ranks(name="disturbed", how="SIGSTOP")
        except TrainingError as error:
            return str(error)
    return ""


def with_less() -> list[str]:
    """Return what is tried where the second process has too little memory for more than four examples."""

    def attempt(sharing: Sharing) -> None:
        if sharing.batch_size > 4:
            TWO(name="disturbed", how="runs out of memory")

    return [str(each) for each in within_memory(attempt, 8)[1]]


def refused(size: int, device: str = "cpu") -> str:
    """Return why so many processes cannot train together on one core."""
    with _on_one_core():
        try:
            Ranks("training_parallel_child:called", size, device).start()  # type: ignore[arg-type]  # as somebody may write
        except TrainingError as error:
            return str(error)
    return ""


def alone() -> tuple[bool, int]:
    """Return whether a world of one comes to what no world does, and how many threads this process has after it."""
    torch.set_num_threads(2)
    with _on_one_core():
        made = Ranks("training_parallel_child:called", 1)(name="taught")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    return made["digest"] == taught(None)["digest"], threads


def shown(folder: Path) -> list[list[float]]:
    """Return the weights that one process comes to, and two, by the module that the documentation shows."""
    sys.path.insert(0, str(folder))
    example = importlib.import_module("taught")
    X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    y = X[:, :3].argmax(1)
    return [made["weight"].flatten().tolist() for made in (example.taught(X, y, 20), example.by_two(X, y))]


def shares(most: int) -> bool:
    """Return whether shares of up to so many examples are together the batch, as long as each other, but for one, and
    the first has some."""
    for size in range(1, 6):
        for count in range(1, most):
            parts = [share((torch.arange(count), torch.ones(count)), rank, size) for rank in range(size)]
            lengths = [0 if part is None else len(part[0]) for part in parts]
            whole = torch.cat([part[0] for part in parts if part is not None])
            if whole.tolist() != list(range(count)) or max(lengths) - min(lengths) > 1 or not lengths[0]:
                return False
    return True


def not_shared() -> str:
    try:
        share([1, 2], 0, 2)
    except TrainingError as error:
        return str(error)
    return ""


@contextmanager
def _on_one_core() -> Iterator[None]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
