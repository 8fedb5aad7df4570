"""Learnt: the networks of a teacher or a student as they were left, and what they say of windows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.detector.part import Part, parts
from swapbench_models.can.detector.settings import NETWORKS, Network
from swapbench_models.can.error import CanError
from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.networks import vgae
from swapbench_models.can.networks.create import autoencoder, classifier
from swapbench_models.can.networks.gat import GATWithJK
from swapbench_models.can.networks.sizes import Sizes
from swapbench_models.can.networks.vgae import GraphAutoencoderNeighborhood
from swapbench_models.can.windows.windows import Indices

_MOST = 256  # graphs at a time


@dataclass(frozen=True)
class Learnt:
    """The networks that were trained, the vocabulary and the size of the windows that they know, and the threshold of
    each one's scores; and beside them, for whoever wonders, how they came to be, as JSON has it."""

    vocabulary: Vocabulary
    window: int
    autoencoder: GraphAutoencoderNeighborhood | None
    classifier: GATWithJK | None
    thresholds: Mapping[Network, float]
    history: Mapping[str, Any]

    @property
    def networks(self) -> Iterator[tuple[Network, nn.Module]]:
        """The networks that there are, by their names."""
        for name in NETWORKS:
            network = getattr(self, name)
            if network is not None:
                yield name, network

    def both(self) -> tuple[GraphAutoencoderNeighborhood, GATWithJK]:
        """Return both networks; raises CanError where there is one."""
        if self.autoencoder is None or self.classifier is None:
            raise CanError(f"There are no two networks here, but {' and '.join(name for name, _ in self.networks)}.")
        return self.autoencoder, self.classifier

    def scores(self, network: Network, graphs: Graphs, indices: Indices | None = None) -> Scores:
        """Return what a network says of graphs (n,), or of some of them: how far from normal they are, or how likely an
        attack is; from 0 to 1."""
        if network == "autoencoder" and self.autoencoder is not None:
            return anomalies(self.autoencoder, graphs, indices)
        if network == "classifier" and self.classifier is not None:
            return probabilities(self.classifier, graphs, indices)
        raise CanError(f"There is no {network} here; there is {' and '.join(name for name, _ in self.networks)}.")

    def saved(self) -> dict[str, Any]:
        """Return it as plain values and tensors."""
        return {
            "vocabulary": list(self.vocabulary.identifiers),
            "window": self.window,
            "thresholds": dict(self.thresholds),
            "history": dict(self.history),
            "networks": {name: network.state_dict() for name, network in self.networks},
        }

    @classmethod
    def loaded(cls, path: Path, values: Mapping[str, Any], names: Sequence[Network], sizes: Sizes) -> "Learnt":
        """Return what values of a file say of the networks of these names.

        Raises CanError, which names the file, for what nothing can have learnt.
        """
        try:
            vocabulary, states = Vocabulary(tuple(values["vocabulary"])), values["networks"]
            made: dict[str, nn.Module] = {
                "autoencoder": autoencoder(len(vocabulary), sizes.autoencoder),
                "classifier": classifier(len(vocabulary), sizes.classifier),
            }
            for name in names:
                made[name].load_state_dict(states[name])
                made[name].eval()
            networks: dict[str, Any] = {name: made[name] if name in names else None for name in NETWORKS}
            thresholds = {name: _threshold(values["thresholds"][name]) for name in names}
            history = dict(values["history"])
            return cls(vocabulary, int(values["window"]), **networks, thresholds=thresholds, history=history)
        except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            raise CanError(f"{path}: holds no trained networks of this kind ({error}); fit them again.") from error


def _threshold(value: Any) -> float:
    if not isinstance(value, float) or not 0 <= value <= 1:
        raise ValueError(f"the threshold {value} is none from 0 to 1")
    return value


def anomalies(network: GraphAutoencoderNeighborhood, graphs: Graphs, indices: Indices | None = None) -> Scores:
    """Return how far from normal graphs are (n,), from 0 to 1."""

    def said(part: Part) -> Tensor:
        return vgae.anomaly(vgae.errors(network(part.batch), part.batch).double())

    return _said(network, said, graphs, indices)


def probabilities(network: GATWithJK, graphs: Graphs, indices: Indices | None = None) -> Scores:
    """Return how likely an attack is in each graph (n,)."""
    return _said(network, lambda part: network(part.batch).double().sigmoid(), graphs, indices)


@torch.no_grad()
def _said(network: nn.Module, said: Any, graphs: Graphs, indices: Indices | None) -> Scores:
    network.eval()
    found = [said(part).numpy() for part in parts(graphs, _MOST, indices)]
    return np.concatenate([np.empty(0), *found])
