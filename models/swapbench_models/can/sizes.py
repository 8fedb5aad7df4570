"""Sizes: how many numbers each model trains in each profile, in the order of training.

Literal, so that whoever lists models waits for no library; a test holds them against the models.
"""

from collections.abc import Mapping

SIZES: Mapping[str, Mapping[str, int | None]] = {}
BACKENDS: Mapping[str, str] = {}
