"""The teacher: large networks that learn of labels alone."""

from pathlib import Path

from swapbench_models.can.detector.graph_detector import GraphDetector
from swapbench_models.can.detector.learnt import Learnt
from swapbench_models.can.error import DependencyError


class Teacher(GraphDetector):
    """Learns in two stages: an autoencoder of normal windows, and a classifier of the attacks and of those normal
    windows that the autoencoder finds hardest (Frenken and others, arXiv 2508.04845)."""

    role = "teacher"


def loaded(path: Path, architecture: str, profile: str, edge_features: bool = False) -> Learnt:
    """Return what a teacher learnt, by the file that its `save_fitted` wrote.

    Raises DependencyError, which names the file, where there is none, and FamilyError where it is damaged, or another
    model's.
    """
    if not path.is_file():
        raise DependencyError(f"{path}: there is no teacher for this student; train the teacher first.")
    teacher = Teacher(architecture=architecture, profile=profile, edge_features=edge_features)
    teacher.load_fitted(path)
    return teacher.learnt
