"""The student: small networks that learn what a teacher says, beside what is true."""

from pathlib import Path
from typing import Any

from swapbench_models.can.detector.distillation import Guidance, guidance
from swapbench_models.can.detector.examples import Examples
from swapbench_models.can.detector.graph_detector import GraphDetector
from swapbench_models.can.detector.teacher import loaded
from swapbench_models.can.error import DependencyError


class Student(GraphDetector):
    """Learns as its teacher did, and from it: its classifier the teacher's chances of an attack, its autoencoder what
    lies between the halves of the teacher's (KD-GAT, Frenken and others, arXiv 2507.19686).

    `teacher` is the file that the teacher's `save_fitted` wrote. Without one it is `alone`, and learns of labels.
    """

    role = "student"

    def __init__(self, teacher: Path | None, **options: Any) -> None:
        """Raise CanError as GraphDetector does."""
        super().__init__(**options)
        self.teacher = teacher

    def _guidance(self, given: Examples) -> Guidance | None:
        """Raises DependencyError where the teacher is not there, or knows other identifiers than these recordings."""
        if self.teacher is None:
            return None
        known = loaded(self.teacher, self.architecture, self.profile, self.settings.edge_features)
        if known.vocabulary.digest != given.vocabulary.digest:
            raise DependencyError(
                f"{self.teacher}: this teacher knows {len(known.vocabulary.identifiers)} identifiers, and not the same "
                f"as the {len(given.vocabulary.identifiers)} of these recordings; train it with them first."
            )
        return guidance(*known.both(), given.graphs)
