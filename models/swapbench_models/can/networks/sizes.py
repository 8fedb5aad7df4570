"""Sizes: the networks of each architecture and profile, of teachers and of students, and how they are made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from swapbench_models.can.error import CanError
from swapbench_models.can.networks import gat, vgae
from swapbench_models.can.networks.gat import GATWithJK
from swapbench_models.can.networks.vgae import GraphAutoencoderNeighborhood
from swapbench_models.training.seeding import seeded

Role = Literal["teacher", "student"]
PUBLISHED_IDENTIFIERS = 35  # with these, networks of profile paper have as many parameters as are published


@dataclass(frozen=True)
class Sizes:
    """Of an autoencoder, and of the classifier beside it."""

    autoencoder: vgae.Size
    classifier: gat.Size


# KD-GAT has a classifier alone: beside it is the autoencoder that its authors gave it later.
SIZES: Mapping[str, Mapping[str, Mapping[Role, Sizes]]] = {
    "dqnfusion": {
        "quick": {
            "teacher": Sizes(vgae.Size(8, 8, 2, 2, embedding=4), gat.Size(8, 2, 2, embedding=4)),
            "student": Sizes(vgae.Size(4, 4, 2, 2, embedding=4), gat.Size(4, 2, 2, embedding=4)),
        },
        "standard": {
            "teacher": Sizes(vgae.Size(32, 32, 3, 4), gat.Size(32, 3, 4)),
            "student": Sizes(vgae.Size(16, 16, 2, 2), gat.Size(16, 2, 4)),
        },
        "paper": {
            "teacher": Sizes(vgae.Size(32, 32, 3, 4), gat.Size(32, 5, 8)),
            "student": Sizes(vgae.Size(16, 16, 2, 2), gat.Size(16, 2, 4)),
        },
    },
    "kdgat": {
        "quick": {
            "teacher": Sizes(vgae.Size(8, 8, 2, 2, embedding=4), gat.Size(8, 2, 2, "lstm", embedding=0)),
            "student": Sizes(vgae.Size(4, 4, 2, 2, embedding=4), gat.Size(4, 2, 2, "lstm", embedding=0)),
        },
        "standard": {
            "teacher": Sizes(vgae.Size(32, 32, 3, 4), gat.Size(16, 3, 4, "lstm", embedding=0)),
            "student": Sizes(vgae.Size(16, 16, 2, 2), gat.Size(8, 2, 4, "lstm", embedding=0)),
        },
        "paper": {
            "teacher": Sizes(vgae.Size(32, 32, 3, 4), gat.Size(32, 5, 8, "lstm", embedding=0)),
            "student": Sizes(vgae.Size(16, 16, 2, 2), gat.Size(32, 2, 4, "lstm", embedding=0)),
        },
    },
}


def sizes(architecture: str, profile: str, role: Role) -> Sizes:
    """Return the sizes of a teacher's or a student's networks; raises CanError for what is not known."""
    if architecture not in SIZES:
        raise CanError(f"There is no architecture {architecture!r}; choose {' or '.join(SIZES)}.")
    if profile not in SIZES[architecture]:
        raise CanError(f"There is no profile {profile!r}; choose {', '.join(SIZES[architecture])}.")
    return SIZES[architecture][profile][role]


def autoencoder(identifiers: int, size: vgae.Size, seed: int = 0) -> GraphAutoencoderNeighborhood:
    """Return an autoencoder for so many identifiers, with weights drawn from the seed."""
    with seeded(seed):
        return GraphAutoencoderNeighborhood(identifiers, size)


def classifier(identifiers: int, size: gat.Size, seed: int = 0, edge_features: bool = False) -> GATWithJK:
    """Return a classifier for so many identifiers, with weights drawn from the seed."""
    with seeded(seed):
        return GATWithJK(identifiers, replace(size, edge_features=edge_features))
