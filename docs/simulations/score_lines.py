"""Lines on scores."""

from line import Line

LINES: tuple[Line, ...] = ()
