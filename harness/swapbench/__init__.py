"""swapbench's instrument: it declares, runs, records, judges and shows comparisons of models it knows nothing about.

Commands import it before they run pytest, which rewrites the assertions of plugins and warns of one that is imported
already; there are none here to rewrite: PYTEST_DONT_REWRITE.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swapbench.base.error import SwapError
    from swapbench.plan.backend import Backend
    from swapbench.plan.metric import Metric
    from swapbench.plan.suite import FIT, PREDICT, Dataset, Model, Phase, Profile, Suite
    from swapbench.run.backends import BACKENDS
    from swapbench.run.backends.adapter import Adapter
    from swapbench.run.backends.device import Device

# Where each public name is, found when it is asked for: pytest loads the plugin, and with it this package, in every run
# of every project that has it installed, and most of those runs have no suites.
_PLACES = {
    "Adapter": "run.backends.adapter",
    "BACKENDS": "run.backends",
    "Backend": "plan.backend",
    "Dataset": "plan.parts",
    "Device": "run.backends.device",
    "FIT": "plan.parts",
    "Metric": "plan.metric",
    "Model": "plan.parts",
    "PREDICT": "plan.parts",
    "Phase": "plan.parts",
    "Profile": "plan.parts",
    "Suite": "plan.suite",
    "SwapError": "base.error",
}

__all__ = [
    "BACKENDS",
    "FIT",
    "PREDICT",
    "Adapter",
    "Backend",
    "Dataset",
    "Device",
    "Metric",
    "Model",
    "Phase",
    "Profile",
    "Suite",
    "SwapError",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
