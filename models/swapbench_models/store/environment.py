"""The environment of a model in MLflow: what has to be installed where somebody else loads it."""

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version


def write(folder: Path, needs: Sequence[str]) -> Mapping[str, str]:
    """Write `conda.yaml`, `python_env.yaml` and `requirements.txt` with this environment's versions of the packages
    that are needed, and return the names of the first two as an `MLmodel` file refers to them."""
    pins = [f"{name}=={found}" for name in needs if (found := _version(name))]
    (folder / "requirements.txt").write_text("".join(f"{pin}\n" for pin in pins))
    (folder / "python_env.yaml").write_text(
        f"python: {python_version()}\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n"
    )
    python = f"- python={python_version()}\n- pip\n- pip:\n" + "".join(f"  - {pin}\n" for pin in pins)
    (folder / "conda.yaml").write_text(f"name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n{python}")
    return {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}


def _version(name: str) -> str | None:
    """Return the version that is installed, without the part after +, which no index has."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return None
