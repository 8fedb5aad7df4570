"""Origin: in words where recordings come from, as records of models tell it."""

from pathlib import Path


def generated(profile: str, seed: int) -> str:
    """Return it of recordings that are drawn."""
    return f"generated recordings, profile {profile}, seed {seed}"


def read(folder: Path) -> str:
    """Return it of recordings that lie in a folder."""
    return f"recordings in {folder}"
