"""Detectors over graphs, made by their names."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swapbench_models.can.detector.settings import NETWORKS, Network
from swapbench_models.can.error import CanError

if TYPE_CHECKING:
    from swapbench_models.can.detector.graph_detector import GraphDetector

# The networks that teachers of these names have.
TEACHERS: Mapping[str, tuple[Network, ...]] = {"teacher": NETWORKS, "vgae": ("autoencoder",), "gat": ("classifier",)}
STUDENTS = ("student", "student_alone")


def detector(
    name: str,
    *,
    profile: str = "standard",
    seed: int = 0,
    architecture: str = "dqnfusion",
    teacher: Path | None = None,
    **options: Any,
) -> "GraphDetector":
    """Return a detector that has learnt nothing yet.

    A teacher has an autoencoder and a classifier; vgae and gat are the one and the other by itself. A student needs the
    file of a fitted `teacher` of its architecture and profile; student_alone is the same networks without any. The
    `options` are those of settings.Settings. Raises CanError for what is not known, and for a teacher that is missing
    or has no student.
    """
    asked: dict[str, Any] = {"architecture": architecture, "profile": profile, "seed": seed, **options}
    if name not in (*TEACHERS, *STUDENTS):
        raise CanError(f"There is no detector {name!r}; known are {', '.join((*TEACHERS, *STUDENTS))}.")
    if (teacher is not None) != (name == "student"):
        told = "needs the file of its teacher; give teacher" if teacher is None else "has no teacher; leave it out"
        raise CanError(f"The detector {name} {told}.")
    from swapbench_models.can.detector.student import Student
    from swapbench_models.can.detector.teacher import Teacher

    return Student(teacher, **asked) if name in STUDENTS else Teacher(networks=TEACHERS[name], **asked)
