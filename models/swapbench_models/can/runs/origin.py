"""Origin: in words where recordings come from, as records of models tell it."""

from pathlib import Path

GIVEN = "recordings"  # by whoever calls


def generated(profile: str, seed: int) -> str:
    """Return it of recordings that are drawn."""
    return f"generated recordings, profile {profile}, seed {seed}"


def read(folder: Path, plan: str | None = None) -> str:
    """Return it of recordings that lie in a folder, and that a plan says were generated, if it does."""
    return f"recordings in {folder}" if plan is None else f"generated recordings in {folder} ({plan})"


def is_of(said: str, folder: Path) -> bool:
    """Tell whether recordings are said to lie in a folder."""
    return said == read(folder) or said.startswith(f"generated {read(folder)} (")
