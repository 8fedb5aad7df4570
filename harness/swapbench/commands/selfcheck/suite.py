"""The suite `instrument`: workloads of known size as cells like any others."""

from swapbench.commands.selfcheck.workloads import SPIKE_S
from swapbench.plan.suite import Model, Phase, Profile, Suite

BACKENDS = ("sklearn", "torch", "tensorflow")
SPIKES_MIB = (32, 128, 512)
PLACES = ("child", "gil", "grandchild")
RUN = Phase("run")
DATA = f"{__package__}.workloads:nothing"

_EMPTY = f"{__package__}.workloads:empty"
_SPIKE = f"{__package__}.workloads:Spike"
_PRODUCTS = f"{__package__}.workloads:Products"


def instrument() -> Suite:
    """Return the suite: an empty round for each backend, spikes of memory, and plain work."""
    spikes = {
        f"spike_{mebibytes}_{place}": Model({"python": _SPIKE}, {"mebibytes": mebibytes, "place": place})
        for mebibytes in SPIKES_MIB
        for place in PLACES
    }
    return Suite(
        "instrument",
        models={
            "empty": Model(dict.fromkeys(BACKENDS, _EMPTY)),
            **spikes,
            "products": Model({"python": _PRODUCTS}),
        },
        datasets={"nothing": DATA},
        phases=[RUN],
        profiles={name: Profile(1, rounds) for name, rounds in (("quick", 3), ("standard", 10), ("paper", 30))},
        reference="products-python",
    )


def work() -> Suite:
    """Return the suite whose times and pace are compared between one worker and two: single-thread work, 24 cells."""
    models = {
        f"products_{side}": Model({"python": _PRODUCTS}, {"side": side, "count": 90_000_000 // side**2})
        for side in (96, 128, 160, 192, 224, 256)
    }
    return Suite(
        "work",
        models=models,
        datasets={"nothing": DATA},
        phases=[RUN],
        profiles={"quick": Profile(4, 5)},
    )


__all__ = ["BACKENDS", "DATA", "PLACES", "RUN", "SPIKES_MIB", "SPIKE_S", "instrument", "work"]
