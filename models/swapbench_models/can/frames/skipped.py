"""Skipped: what of a file became no frame, counted, and why."""

from dataclasses import dataclass, field

from swapbench_models.can.error import FormatError

_TOLD = 5  # of what may be a million alike


@dataclass
class Skipped:
    """What reading a file came upon that is no frame.

    `count` is of what is damaged, `reasons` says of the first few where and what; `passed` is of what a log may hold
    beside frames, as error frames and statistics.
    """

    file: str
    strict: bool = True
    count: int = 0
    passed: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, line: int | None, why: str) -> None:
        """Count what is damaged; raises FormatError where reading is strict."""
        error = FormatError(self.file, line, why)
        if self.strict:
            raise error
        self.count += 1
        if len(self.reasons) < _TOLD:
            self.reasons.append(str(error))
