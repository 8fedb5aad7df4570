"""A model as MLflow shows it: its files with an `MLmodel` beside them, its parameters and its metrics."""

import resource
import time
from collections.abc import Mapping
from pathlib import Path
from platform import python_version

from mlflow.entities import Metric, Param
from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from swapbench_models.store import environment, sealed
from swapbench_models.store.family import Description, Kind

DATA = "data"  # the folder of the family's own files
_TYPES: Mapping[Kind, DataType] = {"number": DataType.double, "truth": DataType.boolean, "text": DataType.string}


def write(folder: Path, name: str, run_id: str, files: Mapping[str, bytes], told: Description) -> None:
    """Write the files of a model of a run into a folder of this name, so that `mlflow.pyfunc.load_model` reads them."""
    sealed.write(folder / DATA, files)
    inputs = Schema([ColSpec(_TYPES[kind], column, required=False) for column, kind in told.inputs.items()])
    outputs = Schema([ColSpec(_TYPES[kind], column) for column, kind in told.outputs.items()])
    described = Model(name, run_id, signature=ModelSignature(inputs, outputs))
    # As mlflow.pyfunc.add_to_model does; importing that takes seconds, and warns of MLflow's own types.
    described.add_flavor(
        "python_function",
        loader_module=told.loader,
        data=DATA,
        python_version=python_version(),
        env=environment.write(folder, told.needs),
    )
    described.save(folder / "MLmodel")


def params(told: Description) -> list[Param]:
    """Return the parameters of a run."""
    return [Param(name, str(value)) for name, value in told.parameters.items()]


def metrics(told: Description) -> list[Metric]:
    """Return the metrics of a run, epoch by epoch, and the most memory that this process had so far."""
    now = int(time.time() * 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Metric(_plain(name), value, now, step)
        for name, values in {**told.metrics, "peak_rss_mib": (peak,)}.items()
        for step, value in enumerate(values)
    ]


def _plain(name: str) -> str:
    """Return a name of letters that metrics may have."""
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name)
