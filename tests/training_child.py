"""What tests of training have done in a process with torch: a small network is taught, interrupted and gone on with."""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
import torch._dynamo  # or each fork has to, for its optimizer
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

import forked
from swapbench_models.neural.fitting.torch_optimizer import Optimizer as KerasOptimizer
from swapbench_models.neural.meaning.training import OPTIMIZERS, Named
from swapbench_models.training import checkpoint
from swapbench_models.training.error import CheckpointError, TrainingError
from swapbench_models.training.keeper import Keeper
from swapbench_models.training.loop import Training, examples, train
from swapbench_models.training.memory import Sharing, out_of_memory
from swapbench_models.training.plan import Plan
from swapbench_models.training.progress import Patience, Progress

EXAMPLES, SHARING = 30, Sharing(8, 2)
STANDS_ON = {"configuration": "c0", "data": "d0", "code": "e0"}
TORCHS = {
    "torch sgd": lambda given: torch.optim.SGD(given, 0.1, momentum=0.9),
    "torch adamw": lambda given: torch.optim.AdamW(given, 0.01, weight_decay=0.1, amsgrad=True),
    "torch adam, fused": lambda given: torch.optim.Adam(given, 0.01, fused=True),
}
KINDS = (*TORCHS, *OPTIMIZERS)


def optimizer_of(name: str, module: nn.Module) -> Any:
    if name in TORCHS:
        return TORCHS[name](module.parameters())
    more = {"momentum": 0.9, "centered": True} if name == "rmsprop" else {}
    return KerasOptimizer(Named(name, dict(OPTIMIZERS[name].defaults) | more), module.parameters())


def training(
    optimizer: str = "torch adamw",
    sharing: Sharing = SHARING,
    dropout: float = 0.5,
    rate: float = 0.05,
    weighted: bool = False,
    check: bool = True,
) -> Training[Tensor]:
    """Return a training of which everything moves: order, noise, dropout, batch statistics and rates, or, with nothing
    dropped, order and rates alone; its batches are indices."""
    draws = torch.Generator().manual_seed(1)
    X, classes = torch.randn(EXAMPLES, 5, generator=draws), torch.rand(3, generator=draws) + 0.1
    y, X_check = X[:, :3].argmax(1), torch.randn(20, 5, generator=draws)
    y_check = X_check[:, :3].argmax(1)
    with torch.random.fork_rng([]):
        torch.default_generator.manual_seed(2)
        norm = nn.BatchNorm1d(9) if dropout else nn.Identity()
        module = nn.Sequential(nn.Linear(5, 9), norm, nn.Tanh(), nn.Dropout(dropout), nn.Linear(9, 3))
    importance = classes if weighted else None

    def batches(_epoch: int, generator: torch.Generator) -> Iterator[Tensor]:
        return sharing.cut(torch.randperm(EXAMPLES, generator=generator))

    def loss(batch: Tensor, generator: torch.Generator) -> Tensor:
        noise = 0.1 * torch.randn(len(batch), 5, generator=generator) if dropout else 0.0
        return functional.cross_entropy(module(X[batch] + noise), y[batch], importance)

    @torch.inference_mode()
    def checked() -> float:
        module.eval()
        return float(functional.cross_entropy(module(X_check), y_check))

    return Training(
        module,
        optimizer_of(optimizer, module),
        loss,
        batches,
        check=checked if check else None,
        rate=lambda step, epoch: rate * 0.99**step * 0.9**epoch,
        weight=(lambda batch: float(classes[y[batch]].sum())) if weighted else len,
    )


def plan(epochs: int = 6, accumulation: int = 2, **more: Any) -> Plan:
    return Plan(epochs, accumulation=accumulation, clip=0.5, seed=3, **more)


def digest(made: Training[Any]) -> str:
    found = hashlib.sha256()
    for name, weights in made.module.state_dict().items():
        found.update(name.encode() + weights.numpy().tobytes())
    return found.hexdigest()


def told(progress: Progress) -> dict[str, Any]:
    return asdict(progress) | {"seconds": 0.0}


def shared(sharing: tuple[int, int], weighted: bool) -> tuple[list[list[float]], list[float]]:
    """Return the weights and losses after steps of so many examples, shared out over so many batches."""
    made = training(sharing=Sharing(*sharing), dropout=0.0, weighted=weighted)
    progress = train(made, plan(accumulation=sharing[1]))
    return [weights.flatten().tolist() for weights in made.module.state_dict().values()], progress.losses


def seeded() -> tuple[bool, bool]:
    """Return whether the same is learned whatever was drawn before, and whether the global generator is left alone."""
    found, alone = set(), True
    for before in (1, 2):
        torch.default_generator.manual_seed(before)
        state, made = torch.get_rng_state(), training()
        train(made, plan())
        alone &= torch.equal(state, torch.get_rng_state())
        found.add(digest(made))
    return len(found) == 1, alone


def reads() -> int:
    """Return how often six epochs of many steps have a number read from a tensor of the loss."""
    count = 0

    class Counted(Tensor):
        def __float__(self) -> float:
            nonlocal count
            count += 1
            return float(self.as_subclass(Tensor))

        def item(self) -> Any:
            return float(self)

    made = training("torch sgd", check=False)
    watched = Training(made.module, made.optimizer, lambda *given: made.loss(*given).as_subclass(Counted), made.batches)
    train(watched, plan())
    return count


def stopped(folder: Path) -> dict[str, Any]:
    """Return how trainings ended that were stopped by each reason."""
    found: dict[str, Any] = {
        "target": told(train(training(), plan(99, target_loss=0.9))),
        "patience": told(train(training(rate=0.0), plan(99, patience=Patience(2)))),
        "epochs": told(train(training(), plan())),
    }
    keeper = Keeper(folder / "latest", STANDS_ON)
    train(training(rate=0.05), plan(2), keeper)
    kept = (folder / "latest").read_bytes()
    wild = training(rate=float("inf"))
    found["diverged"] = told(train(wild, plan(), keeper))
    found["kept"] = kept == (folder / "latest").read_bytes()
    return found


def in_bfloat16() -> tuple[list[float], list[float], set[torch.dtype]]:
    made, plain = training(dropout=0.0), training(dropout=0.0)
    progress = train(made, plan(precision="bfloat16"))
    return progress.losses, train(plain, plan()).losses, {each.dtype for each in made.module.parameters()}


def in_threads() -> bool:
    """Return whether two trainings at once, which both drop units out, each learn what they learn alone."""
    alone, together = training(), [training(), training()]
    train(alone, plan(20))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda made: train(made, plan(20)), together))
    return {digest(each) for each in together} == {digest(alone)}


def shown(code: str, folder: Path, most: int) -> tuple[list[float], list[tuple[int, int]]]:
    """Return the validation losses and the attempts of a training as the documentation shows it, where memory is
    enough for so many examples at a time from its third epoch on."""
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  # it is our own
    X = torch.randn(90, 4, generator=torch.Generator().manual_seed(0))
    y = X[:, :3].argmax(1)
    calls = []

    def with_room(logits: Tensor, y: Tensor) -> Tensor:
        calls.append(len(y))
        if len(calls) > 10 and most < len(y) <= 16:  # the rest are those that validate
            raise MemoryError
        return functional.cross_entropy(logits, y)

    names["cross_entropy"] = with_room
    (_, progress), attempts = names["trained"](X[:60], y[:60], X[60:], y[60:], folder)
    return progress.validation_losses, [(each.batch_size, each.accumulation) for each in attempts]


def unweighed() -> tuple[str, str]:
    """Return what is said of a batch that is a tuple, and of one that weighs nothing."""
    made = training()
    several = replace(
        made,
        batches=lambda *_: [(torch.arange(3), 1)],
        loss=lambda batch, generator: made.loss(batch[0], generator),
        weight=examples,
    )
    return _refusal(several), _refusal(replace(made, weight=lambda batch: 0.0))


def _refusal(made: Training[Any]) -> str:
    try:
        train(made, Plan(1))
    except TrainingError as error:
        return str(error)
    return ""


def without_batches() -> str:
    made = training()
    empty = Training(made.module, made.optimizer, made.loss, lambda *_: [])
    try:
        train(empty, plan())
    except TrainingError as error:
        return str(error)
    return ""


def gone_on(folder: Path) -> list[str]:
    """Return the optimizers with which a training that goes on comes to something else than an undisturbed one."""
    wrong = []
    for name in KINDS:
        whole, first, second, keeper = training(name), training(name), training(name), Keeper(folder / name, STANDS_ON)
        expected = train(whole, plan(6))
        train(first, plan(3), keeper)
        torch.rand(7)  # whatever else is drawn meanwhile
        progress = train(second, plan(6), keeper)
        again = training(name)
        same = told(progress) == told(expected) == told(train(again, plan(6), keeper))
        if not same or len({digest(each) for each in (whole, second, again)}) > 1 or digest(first) == digest(whole):
            wrong.append(name)
    return wrong


def killed(folder: Path, seed: int) -> tuple[int, bool]:
    """Kill a training at ten random moments and go on with it; return how often it was killed before it was done, and
    whether its best weights and its result are those of an undisturbed one."""
    whole, torn = folder / "whole", folder / "torn"
    forked.killed(lambda: _trained(whole))
    chance, kills = np.random.default_rng(seed), 0
    while kills < 10 and forked.killed(lambda: _trained(torn), chance.uniform(0.0, 0.06)):
        kills += 1
    forked.killed(lambda: _trained(torn))
    return kills, _content(whole) == _content(torn)


def _trained(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    made = training()
    progress = train(made, plan(30, patience=Patience(29)), Keeper(folder / "latest", STANDS_ON, folder / "best"))
    (folder / "result").write_text(f"{digest(made)} {told(progress)}")


def _content(folder: Path) -> list[Any]:
    best = checkpoint.read(folder / "best", STANDS_ON)
    weights = {name: each.tolist() for name, each in best.pop("model").items()}
    return [(folder / "result").read_text(), best, weights]


def best(folder: Path) -> tuple[list[float], float, int, list[int]]:
    """Return the validation losses, that of the weights kept as the best, the epoch that they were kept of, and that by
    a score that is the best in the third and the fifth epoch."""
    made, keeper = training(rate=0.4), Keeper(folder / "latest", STANDS_ON, folder / "best")
    losses = train(made, plan(9), keeper).validation_losses
    keeper.load_best(made.module)
    epoch = checkpoint.read(folder / "best", STANDS_ON)["epoch"]
    scores = iter((0.1, 0.2, 0.7, 0.3, 0.7, 0.1))
    scored = Keeper(folder / "scored", STANDS_ON, folder / "best scored", lambda: next(scores))
    train(training(), plan(3), scored)  # interrupted
    train(training(), plan(6), scored)
    assert made.check
    return losses, made.check(), epoch, [checkpoint.read(folder / "best scored", STANDS_ON)["epoch"]]


# Checkpoints


def values() -> dict[str, Any]:
    tied = torch.arange(6.0).reshape(2, 3)
    return {
        "model": {"a.weight": tied, "b.weight": tied, "turned": tied.T, "b": torch.tensor(3), "no": torch.empty(0, 2)},
        "state": {0: {"step": torch.tensor(2.0)}, 7: {"mean": torch.ones(2, dtype=torch.bfloat16)}},
        "groups": [{"lr": 0.1 + 0.2, "betas": (0.9, 0.999), "fused": None, "foreach": True, "params": [0, 7]}],
        "random": torch.get_rng_state(),
        "losses": [float("inf"), 1e-320],
        "stopped": "",
    }


def round_trip(file: Path) -> tuple[bool, set[str]]:
    checkpoint.save(file, values(), STANDS_ON)
    return _same(checkpoint.read(file, STANDS_ON), values()), set(load_file(file))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def small(file: Path) -> int:
    """Write a small checkpoint, and return how many bytes it has."""
    checkpoint.save(file, {"weights": torch.arange(4.0), "epoch": 3}, STANDS_ON)
    return file.stat().st_size


def loaded(folder: Path, content: bytes) -> list[str]:
    """Return which contents with a bit flipped or an end cut off are read, and not told to be no checkpoint."""
    file, wrong = folder / "damaged", []
    flipped = bytearray(content)
    for bit in range(8 * len(content)):
        flipped[bit // 8] ^= 1 << bit % 8
        wrong += [f"bit {bit}"] * (not _refused(file, flipped))
        flipped[bit // 8] ^= 1 << bit % 8
    return wrong + [f"{cut} bytes" for cut in range(len(content)) if not _refused(file, content[:cut])]


def _refused(file: Path, content: bytes | bytearray) -> bool:
    file.write_bytes(content)
    return str(file) in refusal(file)


def refusal(file: Path, other: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return why a file is not read as what stands on something other than usual."""
    try:
        checkpoint.read(file, {**STANDS_ON, **other})
    except CheckpointError as error:
        return str(error)
    return ""


def refusal_to_go_on(folder: Path) -> str:
    """Return why a training does not go on from that of another network."""
    keeper = Keeper(folder / "latest", STANDS_ON)
    train(training(dropout=0.5), plan(1), keeper)
    try:
        train(training(dropout=0.0), plan(2), keeper)
    except CheckpointError as error:
        keeper.forget()
        return str(error) if train(training(dropout=0.0), plan(2), keeper).epochs_run == 2 else ""
    return ""


def refusal_to_keep(file: Path) -> str:
    try:
        checkpoint.save(file, {"model": {"extra": object()}}, STANDS_ON)
    except TrainingError as error:
        return str(error)
    return ""


# Memory


def told_by_torch() -> tuple[bool, bool]:
    """Return whether what torch says of an exabyte, and of shapes that do not fit, is taken for too little memory."""
    found = []
    for asked in (lambda: torch.empty(1 << 60, dtype=torch.uint8), lambda: torch.empty(2, 3) @ torch.empty(2, 3)):
        try:
            asked()
        except RuntimeError as error:
            found.append(out_of_memory(error))
    return found[0], found[1]
