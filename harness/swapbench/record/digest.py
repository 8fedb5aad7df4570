"""Digests of runs: what a list of them tells, without reading a record."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Digest:
    """A run in a line: its suites, profile and planned cells, and how many cells ended in which status.

    `started` is ISO 8601 in UTC.
    """

    run: str
    started: str
    profile: str
    suites: tuple[str, ...]
    cells: int
    statuses: dict[str, int]
