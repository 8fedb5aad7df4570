"""Networks, with weights drawn from a seed."""

from swapbench_models.can.networks.gat import GATWithJK
from swapbench_models.can.networks.sizes import AutoencoderSize, ClassifierSize
from swapbench_models.can.networks.vgae import GraphAutoencoderNeighborhood
from swapbench_models.training.seeding import seeded


def autoencoder(identifiers: int, size: AutoencoderSize, seed: int = 0) -> GraphAutoencoderNeighborhood:
    """Return an autoencoder for so many identifiers; the same seed gives the same weights."""
    with seeded(seed):
        return GraphAutoencoderNeighborhood(identifiers, size)


def classifier(identifiers: int, size: ClassifierSize, seed: int = 0) -> GATWithJK:
    """Return a classifier for so many identifiers; the same seed gives the same weights."""
    with seeded(seed):
        return GATWithJK(identifiers, size)
