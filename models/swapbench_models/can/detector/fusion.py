"""A fusion: a detector that mixes the scores of two others, window by window or in one share."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.detector.source import Source, digest
from swapbench_models.can.error import CanError, DependencyError
from swapbench_models.can.fusion.actions import ALPHAS, THRESHOLD, Numbers, centred, fused
from swapbench_models.can.fusion.agent import Agent
from swapbench_models.can.fusion.bandit import Bandit
from swapbench_models.can.fusion.dqn import DQN
from swapbench_models.can.fusion.mixture import Mixture, fixed
from swapbench_models.can.fusion.samples import Labels, Samples, require_scores
from swapbench_models.can.fusion.settings import PROFILES, ROUNDS, settings
from swapbench_models.can.fusion.table import Row, row
from swapbench_models.can.windows.held_out import held_out
from swapbench_models.can.windows.windows import Windows
from swapbench_models.training import checkpoint

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt

Kind = Literal["dqn", "bandit", "mixture"]
KINDS: tuple[Kind, ...] = ("dqn", "bandit", "mixture")


def fusion(
    kind: Kind,
    *,
    first: Source,
    second: Source,
    profile: str = "standard",
    seed: int = 0,
    split: tuple[float, int] | None = None,
    **training: Any,
) -> "Fusion":
    """Return a fusion of two sources, in which a share of 0 is the first one alone, and of 1 the second.

    `split` is the share of windows that validated the sources and the seed that drew them (None: that of `held_out`,
    and the fusion's seed). Options of `training` are those of settings.Settings, and the DQN's alone. Raises CanError
    for what is unknown, and DependencyError where a source's file cannot be read.
    """
    if kind not in KINDS:
        raise CanError(f"There is no fusion by {kind!r}; choose {', '.join(KINDS)}.")
    if profile not in PROFILES:
        raise CanError(f"There is no profile {profile!r}; choose {', '.join(PROFILES)}.")
    if training and kind != "dqn":
        raise CanError(f"A fusion by {kind} is not trained by steps; leave {', '.join(training)} out.")
    agents: dict[Kind, Agent] = {
        "dqn": DQN(settings(profile, **training), seed),
        "bandit": Bandit(ROUNDS[profile], seed),
        "mixture": Mixture(),
    }
    return Fusion(kind, agents[kind], (first, second), profile, split or (0.2, seed))


class Fusion:
    """An agent over two sources, whose scores are first centred so that each raises its alarms above a half.

    It learns of those windows alone that the sources did not learn of. Of what they learnt they are too sure, each in
    its own way, so that an agent would learn there whom to trust when nothing is new. What those windows chose of the
    sources, the epoch that was kept and the threshold, is the little by which they still look too good.
    """

    threshold = THRESHOLD

    def __init__(
        self, kind: str, agent: Agent, sources: tuple[Source, Source], profile: str, split: tuple[float, int]
    ) -> None:
        first, second = sources
        if first.name == second.name:
            raise CanError(f"Both sources of a fusion are named {first.name!r}; give them names of their own.")
        self.kind, self.profile, self.agent = kind, profile, agent
        self.sources, self._split = sources, split
        self._files = {source.name: digest(source) for source in sources}
        self._best: Mixture | None = None

    @property
    def attempts(self) -> "tuple[Attempt, ...]":
        return self.agent.attempts

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> Self:
        """Learn of the windows that validated the sources; raises DataError where they are too few, or not labelled."""
        labels = windows.labels
        share, seed = self._split
        _, validated = held_out(windows, labels, share, seed)
        samples = self._samples(windows, labels)[validated]
        self.agent.fit(samples, keeper_folder)
        self._best = Mixture().fit(samples)
        return self

    def scores(self, windows: Windows) -> Scores:
        first, second = self._scores(windows)
        return fused(first, second, ALPHAS[self.agent.actions(first, second)])

    def alphas(self, windows: Windows) -> Numbers:
        """Return the share of the second source for each window (n,)."""
        shares: Numbers = ALPHAS[self.agent.actions(*self._scores(windows))]
        return shares

    def baselines(self, windows: Windows, labels: Labels | None = None) -> list[Row]:
        """Return how each source alone does on windows, each fixed share, the one of 21 that was best where this was
        fitted, and this (labels None: the windows' own)."""
        samples = self._samples(windows, windows.labels if labels is None else labels)
        best = self._known().alpha
        shares = ALPHAS[self.agent.actions(samples.first, samples.second)]
        return [*fixed(samples), row(f"best alpha {best:.2f}", samples, best), row(self.kind, samples, shares)]

    def save_fitted(self, path: Path) -> None:
        learnt = {"files": self._files, "best": self._known().learned(), "agent": self.agent.learned()}
        checkpoint.save(Path(path), learnt, self._stands_on())

    def load_fitted(self, path: Path) -> None:
        """Take over what `save_fitted` wrote; raises DependencyError, which names the file of a source that is not the
        one it was fitted with, and CheckpointError or CanError for a file that is no such fusion's."""
        learnt = checkpoint.read(Path(path), self._stands_on())
        self._require_sources(path, learnt.get("files", {}))
        best = Mixture()
        try:
            best.take(learnt["best"])
            self.agent.take(learnt["agent"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CanError(
                f"{path}: holds no fusion by {self.kind} that was fitted ({error}); fit it again."
            ) from error
        self._best = best

    def count_parameters(self) -> int:
        """Return the number of the agent's own trained numbers; those of its sources are the sources'."""
        return self.agent.count_parameters()

    def _scores(self, windows: Windows) -> tuple[Numbers, Numbers]:
        first, second = (_centred(source, windows) for source in self.sources)
        return first, second

    def _samples(self, windows: Windows, labels: Labels) -> Samples:
        first, second = self.sources
        return Samples(*self._scores(windows), np.asarray(labels), (first.name, second.name))

    def _known(self) -> Mixture:
        if self._best is None:
            raise CanError(f"This fusion by {self.kind} has learnt nothing yet; fit it, or load what was fitted.")
        return self._best

    def _stands_on(self) -> dict[str, str]:
        return {"kind": f"fusion by {self.kind}", "profile": self.profile}

    def _require_sources(self, path: Path, files: dict[str, str]) -> None:
        """Raise DependencyError where these sources are not those that a fusion was fitted with, or not in order."""
        if list(files) != list(self._files):
            raise DependencyError(f"{path}: fuses {' and '.join(files)}, and not {' and '.join(self._files)}.")
        for source in self.sources:
            if files[source.name] != self._files[source.name]:
                raise DependencyError(
                    f"{path}: was fitted with another {source.name} than the one in {source.file}; fit it again, or "
                    f"give the {source.name} that it was fitted with."
                )


def _centred(source: Source, windows: Windows) -> Numbers:
    """Return a source's scores with its alarms above a half; raises DataError for what are none."""
    found = source.scores(windows)
    require_scores(source.name, found, len(windows))
    return centred(found, source.threshold)
