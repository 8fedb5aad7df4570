"""Outcomes: how a request ended."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """How a request ended.

    `status` is one of ok, failed, invalid, crashed, timeout, oom; `reason` says why it is not ok; `refused` that the
    request itself could not be used; `answer` is what the child said; `elapsed_s` what it all took, without
    `queued_s` of waiting for the machine; `output` the end of what it printed; `server` the name of the fork server it
    came from.
    """

    status: str
    reason: str
    answer: dict[str, Any]
    elapsed_s: float
    queued_s: float
    output: str
    server: str = ""

    @property
    def refused(self) -> bool:
        return bool(self.answer.get("refused"))
