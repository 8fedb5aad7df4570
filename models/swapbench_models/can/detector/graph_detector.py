"""A detector over graphs: an autoencoder that learns what is normal, and a classifier that learns of what that finds
hardest."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.detector.distillation import Guidance
from swapbench_models.can.detector.examples import Build, Examples
from swapbench_models.can.detector.learnt import Learnt, anomalies
from swapbench_models.can.detector.lessons import Classifying, Lesson, Reconstructing, balanced
from swapbench_models.can.detector.school import School
from swapbench_models.can.detector.settings import NETWORKS, Network, Settings, settings
from swapbench_models.can.detector.threshold import HALF, best_f1
from swapbench_models.can.error import CanError
from swapbench_models.can.graphs.build import build as build_graphs
from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.networks.create import autoencoder, classifier
from swapbench_models.can.networks.gat import GATWithJK
from swapbench_models.can.networks.sizes import PUBLISHED_IDENTIFIERS, Role, Sizes, sizes
from swapbench_models.can.networks.vgae import GraphAutoencoderNeighborhood
from swapbench_models.can.windows.windows import Windows
from swapbench_models.training import checkpoint
from swapbench_models.training.seeding import seeded

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt
    from swapbench_models.training.progress import Progress


class GraphDetector:
    """Both networks, or one of them, in the sizes of a role.

    Its scores are the classifier's, or the autoencoder's where that is all; `sources` has those of both. A classifier
    without an autoencoder learns of all windows. `progress` says of each network how its training went, and `bar`
    whether a terminal shows how far it is. `build` makes the graphs.
    """

    role: Role = "teacher"

    def __init__(
        self,
        *,
        architecture: str = "dqnfusion",
        profile: str = "standard",
        seed: int = 0,
        networks: tuple[Network, ...] = NETWORKS,
        build: Build = build_graphs,
        **options: Any,
    ) -> None:
        """Raise CanError for an architecture, a profile or an option (of settings.Settings) that is not known."""
        self.architecture, self.profile, self.seed, self.networks = architecture, profile, seed, networks
        usual = sizes(architecture, profile, self.role)
        self.settings: Settings = settings(self.role, profile, **options)
        seen = replace(usual.classifier, edge_features=self.settings.edge_features)
        self.sizes = Sizes(usual.autoencoder, seen)
        self.threshold = HALF
        self.attempts: tuple[Attempt, ...] = ()
        self.progress: dict[str, Progress] = {}
        self.bar = False
        self._build = build
        self._learnt: Learnt | None = None

    @property
    def thresholds(self) -> dict[Network, float]:
        """The threshold of each source's scores."""
        return dict(self.learnt.thresholds)

    @property
    def fit_s(self) -> float:
        """How long training took, in seconds, what was interrupted included, but for epochs that were not kept."""
        return sum(each.seconds for each in self.progress.values())

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> Self:
        """Train anew, in smaller batches and the same steps where memory is short; with a folder, on from the last
        epoch of either network that is kept there."""
        given = Examples.of(windows, self.settings.validation, self.seed, self._build)
        guidance = self._guidance(given)
        told = {**self._told(), "settings": self.settings.told(), "seed": self.seed, "window": windows.size}
        school = School(given, guidance, self.settings, self.seed, told, keeper_folder, self.bar)
        reconstructs = self._taught_autoencoder(school) if "autoencoder" in self.networks else None
        classifies = self._taught_classifier(school, reconstructs) if "classifier" in self.networks else None
        self.progress, self.attempts = school.progress, school.attempts
        learnt = Learnt(given.vocabulary, windows.size, reconstructs, classifies, {}, self._history())
        thresholds = {name: self._chosen(learnt, name, given) for name in self.networks}
        self._take(replace(learnt, thresholds=thresholds))
        return self

    def scores(self, windows: Windows) -> Scores:
        return self._said(windows, (self.networks[-1],))[self.networks[-1]]

    def graphs(self, windows: Windows) -> Graphs:
        """Return the graphs of windows: by the identifiers that it knows, or those of their normal frames before it was
        fitted."""
        known = self._learnt.vocabulary if self._learnt else Vocabulary.learned(windows.recordings)
        return self._build(windows, known)

    def sources(self, windows: Windows) -> dict[Network, Scores]:
        """Return the scores (n,) of each network by its name, from 0 to 1: a fusion may take any two."""
        return self._said(windows, self.networks)

    def anomaly(self, windows: Windows) -> Scores:
        """Return how far from normal windows are (n,), as the autoencoder finds them, from 0 to 1."""
        return self._said(windows, ("autoencoder",))["autoencoder"]

    def save_fitted(self, path: Path) -> None:
        checkpoint.save(Path(path), self.learnt.saved(), self._stands_on())

    def load_fitted(self, path: Path) -> None:
        values = checkpoint.read(Path(path), self._stands_on())
        self._take(Learnt.loaded(Path(path), values, self.networks, self.sizes))

    def count_parameters(self) -> int:
        """Return the number of trained numbers; before anything was learnt, with as many identifiers as published
        counts are for."""
        if self._learnt is not None:
            return sum(each.numel() for _, network in self._learnt.networks for each in network.parameters())
        made = {
            "autoencoder": autoencoder(PUBLISHED_IDENTIFIERS, self.sizes.autoencoder),
            "classifier": classifier(PUBLISHED_IDENTIFIERS, self.sizes.classifier),
        }
        return sum(each.numel() for name in self.networks for each in made[name].parameters())

    def _take(self, learnt: Learnt) -> None:
        self._learnt, self.threshold = learnt, learnt.thresholds[self.networks[-1]]

    def _guidance(self, given: Examples) -> Guidance | None:
        """Return what guides these networks; a teacher has nothing but labels."""
        return None

    def _taught_autoencoder(self, school: School) -> GraphAutoencoderNeighborhood:
        given, chosen = school.given, self.settings

        def begin() -> tuple[GraphAutoencoderNeighborhood, Lesson]:
            network = autoencoder(len(given.vocabulary), self.sizes.autoencoder, self.seed)
            with seeded(self.seed):
                return network, Reconstructing(network, chosen, school.guidance)

        learned, judged = given.normal(given.learned), given.normal(given.judged)
        return school.taught("autoencoder", begin, learned, judged, chosen.autoencoder_epochs)

    def _taught_classifier(self, school: School, reconstructs: GraphAutoencoderNeighborhood | None) -> GATWithJK:
        given, chosen = school.given, self.settings
        learned = given.learned
        if reconstructs is not None:
            found = anomalies(reconstructs, given.graphs, given.normal(learned))
            learned = given.hardest(found, chosen.normals)
        labels, weights = torch.from_numpy(given.labels), torch.ones(len(given.labels))
        if chosen.balanced:
            for indices in (learned, given.judged):
                weights[indices] = balanced(labels[indices])

        def begin() -> tuple[GATWithJK, Lesson]:
            network = classifier(len(given.vocabulary), self.sizes.classifier, self.seed)
            return network, Classifying(network, chosen, labels.float(), weights, school.guidance)

        return school.taught("classifier", begin, learned, given.judged, chosen.epochs)

    def _chosen(self, learnt: Learnt, source: Network, given: Examples) -> float:
        """Return the threshold of a source, of what validates alone."""
        if self.settings.threshold == "half":
            return HALF
        return best_f1(learnt.scores(source, given.graphs, given.judged), given.labels[given.judged])

    def _said(self, windows: Windows, names: tuple[Network, ...]) -> dict[Network, Scores]:
        known = self.learnt
        if windows.size != known.window:
            raise CanError(f"These are windows of {windows.size} frames, and it was fitted on such of {known.window}.")
        graphs = self.graphs(windows)
        return {name: known.scores(name, graphs) for name in names}

    def _history(self) -> dict[str, Any]:
        """Return with what, and how, training went, but for the time it took, which is another each time."""
        went = {name: {**asdict(each), "seconds": 0.0} for name, each in self.progress.items()}
        return {"settings": self.settings.told(), "seed": self.seed, "progress": went}

    def _told(self) -> dict[str, Any]:
        names = ("role", "architecture", "profile", "networks")
        return {name: getattr(self, name) for name in names}

    def _stands_on(self) -> dict[str, str]:
        told = {**self._told(), "networks": " and ".join(self.networks)}
        return {**told, "edge_features": str(self.settings.edge_features)}

    @property
    def learnt(self) -> Learnt:
        """What it has learnt; raises CanError before that."""
        if self._learnt is None:
            raise CanError(f"This {self.role} has learnt nothing yet; fit it, or load what was fitted.")
        return self._learnt
