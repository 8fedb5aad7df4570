"""All readers that hostile files are given to, by whose they are; their module is imported when they are asked for."""

import importlib
from collections.abc import Mapping

from fuzzing.reader import Reader

OWNERS = ("instrument", "shared", "can", "video", "fingerprint", "neural")


def readers(owner: str) -> Mapping[str, Reader]:
    """Return the readers of an owner by their names, which begin with the owner's."""
    found: Mapping[str, Reader] = importlib.import_module(f"fuzzing.{owner}").READERS
    return {f"{owner}: {name}": reader for name, reader in found.items()}
