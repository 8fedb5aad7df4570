"""Configurations of Keras made by hand or at random, as Keras 3 writes them, and networks in a form to be compared."""

import random
from typing import Any

from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.network.network import Network

FLOAT = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}


def layer(kind: str, name: str, module: str = "keras.layers", **options: Any) -> dict[str, Any]:
    """Return a layer, with the options of every layer unless others are given."""
    config = {"name": name, "trainable": True, "dtype": FLOAT, **options}
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


def input_(name: str, *sizes: int | None, **options: Any) -> dict[str, Any]:
    config = {"batch_shape": [None, *sizes], "dtype": "float32", "name": name, **options}
    return {"module": "keras.layers", "class_name": "InputLayer", "config": config, "name": name, "inbound_nodes": []}


def value(name: str) -> dict[str, Any]:
    """Return what a layer leaves, as another takes it."""
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": [name, 0, 0]}}


def taking(made: dict[str, Any], *names: str, **asked: Any) -> dict[str, Any]:
    """Return a layer that takes what others leave: one value, or several in a list."""
    values = [value(name) for name in names]
    call = {"args": values if len(values) == 1 else [values], "kwargs": asked}
    return {**made, "name": made["config"]["name"], "inbound_nodes": [call]}


def functional(layers: list[dict[str, Any]], *outputs: str, **more: Any) -> dict[str, Any]:
    """Return a model of layers that say what they take, its inputs in their order."""
    inputs = [each["name"] for each in layers if each["class_name"] == "InputLayer"]
    ends = {"input_layers": [[name, 0, 0] for name in inputs], "output_layers": [[name, 0, 0] for name in outputs]}
    return {"module": "keras", "class_name": "Functional", "config": {"name": "Made", "layers": layers, **ends}, **more}


def sequential(*layers: dict[str, Any], shape: tuple[int, ...] = (8,), **more: Any) -> dict[str, Any]:
    """Return a model of layers after one another."""
    config = {"name": "Made", "trainable": True, "layers": [input_("x", *shape), *layers]}
    return {"module": "keras", "class_name": "Sequential", "config": config, **more}


def network(written: str, options: Options | None = None) -> Network:
    (checked,) = check(Source(written), options=options)
    return checked.network


def arranged(of: Network) -> tuple[Any, ...]:
    """Return a network with its steps in an order that its outputs alone decide."""
    numbers: dict[int, int] = {}
    found: list[tuple[Any, ...]] = []
    waiting = [(value, False) for value in reversed(of.outputs)]
    while waiting:
        value, ready = waiting.pop()
        if value in numbers:
            continue
        step = of.steps[value - len(of.inputs)] if value >= len(of.inputs) else None
        if step is not None and not ready:
            waiting += [(value, True), *((each, False) for each in reversed(step.inputs))]
            continue
        numbers[value] = len(found)
        entry = (value,) if step is None else (step.layer, tuple(numbers[each] for each in step.inputs), step.shape)
        found.append(entry)
    inputs = tuple((each.shape, each.whole) for each in of.inputs)
    return inputs, found, tuple(numbers[value] for value in of.outputs), of.count_parameters()


def drawn(chance: random.Random) -> tuple[list[dict[str, Any]], list[str]]:
    """Return layers whose values are taken by one another at random, and what is left of them."""
    layers = [input_(f"in {number}", 4) for number in range(chance.choice((1, 1, 2, 3)))]
    for number in range(chance.randint(1, 9)):
        known = [each["name"] for each in layers][-4 if chance.random() < 0.7 else 0 :]
        kind, count = chance.choice((("Dense", 1), ("Dense", 1), ("Add", 2), ("Average", 3), ("Subtract", 2)))
        options = {"units": 4} if kind == "Dense" else {}
        layers.append(taking(layer(kind, f"{number}", **options), *(chance.choice(known) for _ in range(count))))
    taken = {name for each in layers for name in of_call(each)}
    if any(each["name"] not in taken for each in layers if not each["inbound_nodes"]):  # an input that nobody takes
        return drawn(chance)
    ends = [each["name"] for each in layers if each["name"] not in taken and each["inbound_nodes"]]
    if len(ends) > 1 and chance.random() < 0.6:
        layers.append(taking(layer("Average", "last"), *ends))
        ends = ["last"]
    return layers, ends


def of_call(made: dict[str, Any]) -> list[str]:
    values = made["inbound_nodes"][0]["args"] if made["inbound_nodes"] else []
    flat = values[0] if values and isinstance(values[0], list) else values
    return [each["config"]["keras_history"][0] for each in flat]


def of_configuration(layers: list[dict[str, Any]], ends: list[str]) -> list[Any]:
    """Return each layer with the places of those that it takes, in an order that the ends alone decide."""
    named, places = {each["name"]: each for each in layers}, dict[str, int]()
    found: list[Any] = []

    def visit(name: str) -> int:
        if name not in places:
            kind = named[name]["class_name"]
            taken = [name] if kind == "InputLayer" else [visit(each) for each in of_call(named[name])]
            found.append((kind, taken))
            places[name] = len(found) - 1
        return places[name]

    return [*map(visit, ends), *found]
