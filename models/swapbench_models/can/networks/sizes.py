"""Sizes: the networks of each architecture and profile, of teachers and of students."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from swapbench_models.can.error import CanError

Role = Literal["teacher", "student"]
PUBLISHED_IDENTIFIERS = 35  # with these, networks of profile paper have as many parameters as are published


@dataclass(frozen=True)
class ClassifierSize:
    """Layers of so many heads, each `hidden` wide; how they are joined; layers of the head; and how many numbers an
    identifier is embedded in (0: it is not seen). With `edge_features`, attention sees those of edges too."""

    hidden: int
    layers: int
    heads: int
    jumping: Literal["cat", "lstm"] = "cat"
    fully_connected: int = 3
    embedding: int = 8
    dropout: float = 0.2
    edge_features: bool = False


@dataclass(frozen=True)
class AutoencoderSize:
    """`layers` each way, of which the first one's `heads`, and on the way back all but the last one's, are `hidden`
    wide; `latent` numbers of a node between the two; and how many an identifier is embedded in."""

    hidden: int
    latent: int
    layers: int
    heads: int
    embedding: int = 8
    dropout: float = 0.35


@dataclass(frozen=True)
class Sizes:
    """Of an autoencoder, and of the classifier beside it."""

    autoencoder: AutoencoderSize
    classifier: ClassifierSize


# KD-GAT has a classifier alone: beside it is the autoencoder that its authors gave it later.
SIZES: Mapping[str, Mapping[str, Mapping[Role, Sizes]]] = {
    "dqnfusion": {
        "quick": {
            "teacher": Sizes(AutoencoderSize(8, 8, 2, 2, embedding=4), ClassifierSize(8, 2, 2, embedding=4)),
            "student": Sizes(AutoencoderSize(4, 4, 2, 2, embedding=4), ClassifierSize(4, 2, 2, embedding=4)),
        },
        "standard": {
            "teacher": Sizes(AutoencoderSize(32, 32, 3, 4), ClassifierSize(32, 3, 4)),
            "student": Sizes(AutoencoderSize(16, 16, 2, 2), ClassifierSize(16, 2, 4)),
        },
        "paper": {
            "teacher": Sizes(AutoencoderSize(32, 32, 3, 4), ClassifierSize(32, 5, 8)),
            "student": Sizes(AutoencoderSize(16, 16, 2, 2), ClassifierSize(16, 2, 4)),
        },
    },
    "kdgat": {
        "quick": {
            "teacher": Sizes(AutoencoderSize(8, 8, 2, 2, embedding=4), ClassifierSize(8, 2, 2, "lstm", embedding=0)),
            "student": Sizes(AutoencoderSize(4, 4, 2, 2, embedding=4), ClassifierSize(4, 2, 2, "lstm", embedding=0)),
        },
        "standard": {
            "teacher": Sizes(AutoencoderSize(32, 32, 3, 4), ClassifierSize(16, 3, 4, "lstm", embedding=0)),
            "student": Sizes(AutoencoderSize(16, 16, 2, 2), ClassifierSize(8, 2, 4, "lstm", embedding=0)),
        },
        "paper": {
            "teacher": Sizes(AutoencoderSize(32, 32, 3, 4), ClassifierSize(32, 5, 8, "lstm", embedding=0)),
            "student": Sizes(AutoencoderSize(16, 16, 2, 2), ClassifierSize(32, 2, 4, "lstm", embedding=0)),
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
