"""What tests of the fusion of two detectors have done in a process with torch."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from can_fusion_toys import Told, recorded, torn
from swapbench_models.can.detector.detector import alarms
from swapbench_models.can.detector.fusion import KINDS, Fusion, fusion
from swapbench_models.can.detector.source import Part, loaded
from swapbench_models.can.error import CanError
from swapbench_models.can.fusion.actions import ALPHAS
from swapbench_models.can.fusion.dqn import DQN
from swapbench_models.can.fusion.learner import Learner, double_dqn_targets
from swapbench_models.can.fusion.q_network import QNetwork
from swapbench_models.can.fusion.replay import Replay, Transitions
from swapbench_models.can.fusion.settings import settings
from swapbench_models.can.fusion.table import row
from swapbench_models.can.fusion.teaching import Teaching
from swapbench_models.can.windows.held_out import held_out
from swapbench_models.can.windows.windows import Windows
from swapbench_models.error import FamilyError
from swapbench_models.training.memory import Sharing

BRIEF: Mapping[str, Any] = {"episodes": 5, "interval": 2, "steps": 4, "hidden": 16, "renewal": 3}


class Killed(BaseException):
    """What no code but a test's own expects."""


def accuracies(seeds: int) -> list[tuple[float, float]]:
    """Return how often a DQN is right on samples it has not seen, and whether it is in each half of their states."""
    found = []
    for seed in range(seeds):
        agent = DQN(settings("standard", episodes=10, steps=12, interval=5), seed).fit(torn(400, seed))
        unseen = torn(400, 100 + seed)
        shares = ALPHAS[agent.actions(unseen.first, unseen.second)]
        halves = [row("", unseen[np.arange(half, 400, 2)], shares[half::2]).accuracy or 0.0 for half in (0, 1)]
        found.append((halves[0], halves[1]))
    return found


def targets(
    rewards: list[float], last: list[bool], online: list[list[float]], target: list[list[float]], discount: float
) -> list[float]:
    given = (torch.tensor(each) for each in (rewards, last, online, target))
    made: list[float] = double_dqn_targets(*given, discount).tolist()
    return made


def remembered(capacity: int, pushes: list[int]) -> list[list[int]]:
    """Return the samples that a ring holds after each time that so many were put in, in order."""
    ring, found, first = Replay(capacity), [], 0
    for count in pushes:
        samples = torch.arange(first, first + count)
        ring.push(Transitions(samples, samples % 21, samples.float(), samples + 1, samples % 2 == 0))
        held = ring.at(torch.arange(len(ring)))
        assert held.action.equal(held.sample % 21)
        assert held.reward.equal(held.sample.float())
        assert held.following.equal(held.sample + 1)
        assert held.last.bool().equal(held.sample % 2 == 0)
        drawn = ring.draw(50, torch.Generator().manual_seed(0))
        assert int(drawn.max()) < len(ring)
        found.append(sorted(held.sample.tolist()))
        first += count
    return found


def interrupted(folder: Path) -> list[str]:
    """Return after which episodes a training that was killed there and gone on with comes to something else."""
    whole = _content(DQN(settings("quick", **BRIEF), 3).fit(torn(80, 0), folder / "whole"))
    wrong = [] if _content(DQN(settings("quick", **BRIEF), 3).fit(torn(80, 0))) == whole else ["without a folder"]
    for episode in range(BRIEF["episodes"]):
        place = folder / str(episode)
        if not _killed(lambda place=place: DQN(settings("quick", **BRIEF), 3).fit(torn(80, 0), place), episode):
            wrong.append(f"{episode} was not killed")
        agent = DQN(settings("quick", **BRIEF), 3).fit(torn(80, 0), place)
        if _content(agent) != whole:
            wrong.append(str(episode))
    again = DQN(settings("quick", **BRIEF), 3).fit(torn(80, 0), folder / "whole")  # which is done
    return wrong if _content(again) == whole else [*wrong, "done"]


def _killed(work: Callable[[], object], episode: int) -> bool:
    act = Teaching._act

    def acted(teaching: Teaching, at: int, generator: torch.Generator) -> None:
        act(teaching, at, generator)
        if at == episode:
            raise Killed

    with patch.object(Teaching, "_act", acted):
        try:
            work()
        except Killed:
            return True
    return False


def _content(agent: DQN) -> tuple[Any, ...]:
    progress = agent.progress
    losses = (progress.losses, progress.validation_losses) if progress else ()
    return losses, {name: each.tolist() for name, each in agent.learned()["network"].items()}


def steps() -> dict[str, Any]:
    """Return what one training does: when its target is renewed, how far apart its networks are, what it drops, and
    what it explores."""
    chosen = settings("quick", **BRIEF)
    teaching = Teaching(chosen, Sharing(chosen.batch_size), *torn(80, 0).halves(0), 0)
    renewals, batches, renew, batch = [], [], Learner.renew, Teaching._batch

    def renewed(learner: Learner) -> None:
        renewals.append(len(batches))
        renew(learner)

    def batched(self: Teaching, places: torch.Tensor) -> Any:
        made = batch(self, places)
        batches.append(len(made))
        return made

    with patch.object(Learner, "renew", renewed), patch.object(Teaching, "_batch", batched):
        progress = teaching.run(None)
    learner = teaching.learner
    learner.train()
    states = torch.rand(8, 4, generator=torch.Generator().manual_seed(0))
    return {
        "renewals": renewals,
        "batches": batches,
        "epochs": progress.epochs_run,
        "steps": progress.steps,
        "kept": len(learner.replay),
        "drops": [not each(states).equal(each(states)) for each in (learner.online, learner.target, learner.best)],
        "settled": learner.online.settled(states).equal(learner.online.settled(states)),
        "explored": [chosen.explored(episode) for episode in (0, 1, 10_000)],
    }


def parameters() -> tuple[int, int]:
    return DQN(settings("paper"), 0).count_parameters(), sum(each.numel() for each in QNetwork().parameters())


def shrunk() -> list[tuple[int, int, str]]:
    """Return the attempts of a training whose first batches do not fit into memory."""
    batch = Teaching._batch

    def batched(teaching: Teaching, places: torch.Tensor) -> Any:
        if len(places) > 50:
            raise MemoryError("too little")
        return batch(teaching, places)

    with patch.object(Teaching, "_batch", batched):
        agent = DQN(settings("quick", **BRIEF), 3).fit(torn(80, 0))
    return [(each.batch_size, each.accumulation, each.error) for each in agent.attempts]


def made(kind: Any, folder: Path, seed: int = 0, **more: Any) -> Fusion:
    """Return a fusion of two sources whose files lie in a folder."""
    for name in ("teacher", "student"):
        file = folder / name
        if not file.exists():
            file.write_text(f"a {name}")
    named = {"first": Told("teacher", folder / "teacher", 0), "second": Told("student", folder / "student", 1)}
    training = BRIEF if kind == "dqn" else {}
    return fusion(kind, **{**named, "profile": "quick", "seed": seed, **training, **more})


def contract(kind: str, folder: Path) -> list[str]:
    """Return what does not hold of a fusion that is fitted, fitted anew, saved and loaded."""
    windows = recorded(torn(400, 0))
    first, before = made(kind, folder).fit(windows), made(kind, folder)
    scores, shares = first.scores(windows), first.alphas(windows)
    sources = [source.scores(windows) for source in first.sources]
    first.save_fitted(folder / "saved")
    loaded = made(kind, folder, seed=9)
    loaded.load_fitted(folder / "saved")
    loaded.save_fitted(folder / "again")
    table = {each.name: each for each in loaded.baselines(windows)}
    holds = {
        "shape": scores.shape == (400,) and scores.dtype == np.float64,
        "scores": bool((scores >= 0).all() and (scores <= 1).all()),
        "a mixture": np.allclose(scores, (1 - shares) * sources[0] + shares * sources[1], atol=1e-12),
        "one of 21": bool(np.isin(shares, ALPHAS).all()),
        "the same seed gives the same": np.array_equal(made(kind, folder).fit(windows).scores(windows), scores),
        "loaded": np.array_equal(loaded.scores(windows), scores),
        "none": first.scores(replace(windows, recordings=())).shape == (0,),
        "parameters": before.count_parameters() == first.count_parameters() > 0,
        "attempts": [each.error for each in first.attempts] == [""] * (kind == "dqn"),
        "alarms": alarms(first, windows).tolist() == (scores > 0.5).tolist(),
        "alone as alpha 0 and 1": all(
            replace(table[f"{name} only"], name="") == replace(table[f"alpha {alpha}"], name="")
            for name, alpha in (("teacher", 0), ("student", 1))
        ),
        "itself": table[kind].alpha is not None and abs(table[kind].alpha - shares.mean()) < 1e-12,
        "rows": list(table)[:2] + list(table)[-1:] == ["teacher only", "student only", kind] and len(table) == 9,
    }
    return [told for told, held in holds.items() if not held]


def learned_of(kind: str, folder: Path) -> tuple[bool, bool]:
    """Return whether a fusion learns something else of other labels where its sources learnt, and where they were
    validated."""
    samples = torn(400, 0)
    windows = recorded(samples)
    whole = made(kind, folder).fit(windows)

    def other(part: np.ndarray) -> bool:
        noise = samples.second.copy()
        noise[part] = samples.second[part].round()  # as sure as can be, for another reward
        found = made(kind, folder).fit(recorded(replace(samples, second=noise)))
        return repr(found.agent.learned()) != repr(whole.agent.learned())

    learned, validated = held_out(windows, windows.labels, 0.2, 0)
    return other(learned), other(validated)


def centred(folder: Path) -> tuple[float, float]:
    """Return the share of windows on which a fusion that trusts one source alone differs from that source, whose
    threshold is another one."""
    windows = recorded(torn(400, 0))
    found = []
    for share, source in (("action", 0), ("action", 20)):
        sources = {
            "first": replace(Told("teacher", folder / "teacher", 0), threshold=0.3),
            "second": replace(Told("student", folder / "student", 1), threshold=0.9),
        }
        fused = made("mixture", folder, **sources).fit(windows)
        fused.agent.take({share: source})
        alone = list(sources.values())[source // 20]
        theirs = alone.scores(windows) > alone.threshold
        found.append(float((alarms(fused, windows).astype(bool) != theirs).mean()))
    return found[0], found[1]


class Composite:
    """A detector of two parts, whose files are texts that begin with "fitted"."""

    threshold, attempts = 0.7, ()

    def sources(self, windows: Windows) -> dict[str, np.ndarray]:
        return {name: Told(name, Path(), byte).scores(windows) for byte, name in enumerate(("vgae", "gat"))}

    def scores(self, windows: Windows) -> np.ndarray:
        return self.sources(windows)["gat"]

    def load_fitted(self, path: Path) -> None:
        if not path.read_text().startswith("fitted"):
            raise CanError(f"{path}: is no composite.")


def composed(folder: Path) -> tuple[list[str], bool, str, str]:
    """Return what is said of a fusion of both parts of one detector, whether it is of these, and what is said of a file
    that is not there, and of one that is another's."""
    windows, file = recorded(torn(400, 0)), folder / "model"
    said = []
    for content in (None, "else", "fitted"):
        if content:
            file.write_text(content)
        try:
            whole = loaded("teacher", Composite(), file)
        except FamilyError as error:
            said.append(f"{type(error).__name__}: {error}")
    parts = [Part(name, whole.file, whole.detector) for name in ("vgae", "gat")]
    fused = fusion("bandit", first=parts[0], second=parts[1], profile="quick").fit(windows)
    same = np.array_equal(fused.scores(windows), made("bandit", folder).fit(windows).scores(windows))
    return [each.name for each in fused.baselines(windows)][:2], same and whole.threshold == 0.7, *said


def refusals(folder: Path) -> dict[str, str]:
    """Return the sentence with which each thing that cannot be is refused."""
    samples = torn(400, 0)
    windows, said = recorded(samples), {}

    def ask(what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except FamilyError as error:
            said[what] = f"{type(error).__name__}: {error}"

    ones = replace(samples, labels=np.ones(400, np.int64))
    ask("one class", lambda: made("dqn", folder).fit(recorded(ones)))
    ask("no windows", lambda: made("dqn", folder).fit(replace(windows, recordings=())))
    ask("nothing validates", lambda: made("mixture", folder, split=(1.0, 0)).fit(windows))
    few = replace(windows, recordings=tuple(each[np.arange(120)] for each in windows.recordings))
    ask("one window of a class", lambda: _with_one_attack(folder))
    ask("few", lambda: made("dqn", folder).fit(few))
    ask("kind", lambda: made("oracle", folder))
    ask("profile", lambda: made("mixture", folder, profile="huge"))
    ask("option", lambda: made("dqn", folder, layers=3))
    ask("options of none", lambda: made("bandit", folder, episodes=3))
    ask("no number", lambda: made("dqn", folder, discount=1.5))
    ask("names", lambda: made("mixture", folder, second=Told("teacher", folder / "student", 1)))
    ask("no file", lambda: made("mixture", folder, first=Told("teacher", folder / "nowhere", 0)))
    ask("unfitted", lambda: made("dqn", folder).scores(windows))
    ask("unfitted saved", lambda: made("dqn", folder).save_fitted(folder / "none"))
    return {**said, **_of_files(folder, ask, said)}


def _with_one_attack(folder: Path) -> None:
    samples = torn(400, 0)
    labels = np.zeros(400, np.int64)
    labels[[30, 330]] = 1  # in two stretches, of which one validates
    made("dqn", folder).fit(recorded(replace(samples, labels=labels)))


def _of_files(folder: Path, ask: Callable[[str, Callable[[], object]], None], said: dict[str, str]) -> dict[str, str]:
    saved = folder / "saved"
    for kind in KINDS:
        made(kind, folder).fit(recorded(torn(400, 0))).save_fitted(saved)
        whole = saved.read_bytes()
        for at in np.linspace(0, len(whole) - 1, 10).astype(int).tolist():
            saved.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            ask(f"{kind} damaged at {at}", lambda kind=kind: made(kind, folder).load_fitted(saved))
        saved.write_bytes(whole)
    ask("another kind", lambda: made("dqn", folder).load_fitted(saved))
    ask("another profile", lambda: made("mixture", folder, profile="paper").load_fitted(saved))
    swapped = {"first": Told("student", folder / "student", 1), "second": Told("teacher", folder / "teacher", 0)}
    ask("swapped", lambda: made("mixture", folder, **swapped).load_fitted(saved))
    (folder / "student").write_text("another student")
    ask("another student", lambda: made("mixture", folder).load_fitted(saved))
    return said
