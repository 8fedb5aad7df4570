"""The command `debug`: what goes on in the layers of a network, over a few batches of the text's own loss."""

import argparse
import json
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from swapbench_models.arguments import at_least, seed
from swapbench_models.neural.command.arguments import (
    add_backend,
    add_data,
    add_device,
    add_network,
    add_reading,
    chosen,
    require_fit,
)
from swapbench_models.neural.command.telling import stage
from swapbench_models.neural.debugging.finding import Finding
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.generate.devices import of_torch
from swapbench_models.neural.generate.generate import ALIASES, generate, writer
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.network.network import Network

_LOOKS = ("gradients", "dead_neurons", "anomalies")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add debug."""
    parser = commands.add_parser(
        "debug", help="look at the gradients and activations of each layer that learns, before it has learnt"
    )
    parser.set_defaults(command=_debug)
    add_network(parser)
    add_backend(parser, trains=True)
    add_data(parser)
    add_device(parser)
    parser.add_argument("--gradients", action="store_true", help="show the norm of each layer's gradient")
    parser.add_argument("--dead-neurons", action="store_true", help="show how many units are 0 for every example")
    parser.add_argument("--anomalies", action="store_true", help="show what is amiss (default: all three)")
    parser.add_argument("--batches", type=at_least(1), default=4, help="how many, as the text has them (default: 4)")
    parser.add_argument("--seed", type=seed, default=0, help="of weights, order, dropout (default: 0)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_reading(parser)


def _debug(options: argparse.Namespace) -> int:
    source, checked = chosen(options)
    writer(options.backend)  # of which there has to be one
    if ALIASES.get(options.backend, options.backend) != "torch":
        raise NeuralError(f"debug looks into networks of torch, and not of {options.backend}; leave --backend out.")
    findings, losses = _looked(options, source, checked)
    looks = tuple(look for look in _LOOKS if getattr(options, look)) or _LOOKS
    rows = [_row(source, checked.network, each, looks) for each in findings]
    network = checked.network.name
    if options.json:
        told = {"network": network, "dataset": options.dataset, "losses": list(map(_number, losses)), "layers": rows}
        print(json.dumps(told, indent=2))
        return 0
    loss = f"loss {losses[0]:.4f}" if len(losses) == 1 else f"loss {min(losses):.4f} to {max(losses):.4f}"
    batches = f"{len(losses)} batch{'es' if len(losses) > 1 else ''}"
    print(f"{source.name}: {network} before training, {batches} of {options.dataset}, {loss}")
    print("\n".join(_table(rows, looks)))
    return 0


def _looked(options: argparse.Namespace, source: Source, checked: Checked) -> tuple[list[Finding], list[float]]:
    from swapbench_models.neural import datasets
    from swapbench_models.neural.backends.devices import place
    from swapbench_models.neural.backends.told import told
    from swapbench_models.neural.debugging.watch import letting_out, watched
    from swapbench_models.neural.examples import arranged
    from swapbench_models.neural.fitting.plan import plan
    from swapbench_models.neural.weights import initial_weights

    with stage(options, "data loaded"):
        X, y = datasets.load(options.dataset, options.data)
    require_fit(source, checked, X, y)
    X = arranged(checked.network, datasets.scale(options.dataset)(X, X))
    layers = watched(checked.network)
    if not layers:
        raise NeuralError(f"{checked.network.name} has no layer with weights, so that there is nothing to look at.")
    placed = place(checked, "torch", options.device)
    generate(placed.network, "torch")  # refuses what is asked for, and not what is made of it to look at it
    network = letting_out(placed.network, layers)
    building = told(f"{checked.network.name} cannot be built on torch")
    with stage(options, "generated and built"), building, TemporaryDirectory() as folder:
        module = load(write(generate(network, "torch"), Path(folder))).build_model()
    from swapbench_models.neural.backends.torch import TorchNetwork
    from swapbench_models.neural.debugging.torch import look

    executed = TorchNetwork(module, network, of_torch(placed.device))
    executed.set_weights(initial_weights(network, options.seed))
    asked = plan(checked, seed=options.seed)
    trained, _ = asked.split(len(X))
    batches = (trained[batch] for batch in islice(asked.epoch(len(trained), 0), options.batches))
    with stage(options, "looked at"):
        return look(executed, layers, asked, X, y, batches)


def _row(source: Source, network: Network, found: Finding, looks: tuple[str, ...]) -> dict[str, Any]:
    part = network.parts[found.part]
    line, _ = source.place(part.at)
    row: dict[str, Any] = {"number": found.part + 1, "layer": part.label, "file": source.name, "line": line}
    if "gradients" in looks:
        row |= {"gradient_mean": _number(found.mean), "gradient_max": _number(found.largest)}
    if "dead_neurons" in looks:
        row |= {"units": found.units, "dead": found.dead}
    if "anomalies" in looks:
        row["anomalies"] = list(found.anomalies())
    return row


def _number(value: float) -> float | None:
    """Return a number as JSON has it, None for what is none there."""
    return value if math.isfinite(value) else None


def _table(rows: list[dict[str, Any]], looks: tuple[str, ...]) -> Iterator[str]:
    head = ["layer", "place"]
    head += ["gradient", "at most"] if "gradients" in looks else []
    head += ["dead units"] if "dead_neurons" in looks else []
    head += ["anomalies"] if "anomalies" in looks else []
    lines = [head, *(list(_cells(row, looks)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()


def _cells(row: dict[str, Any], looks: tuple[str, ...]) -> Iterator[str]:
    yield f"{row['number']} {row['layer']}"
    yield f"{row['file']}:{row['line']}"
    if "gradients" in looks:
        for name in ("gradient_mean", "gradient_max"):
            yield "not finite" if row[name] is None else f"{row[name]:.3g}"
    if "dead_neurons" in looks:
        yield f"{row['dead']:,} of {row['units']:,} ({row['dead'] / row['units']:.0%})"
    if "anomalies" in looks:
        yield "; ".join(row["anomalies"]) or "none"
