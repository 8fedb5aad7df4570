"""The command `check`: whether texts are networks, what is wrong with them, and what they cost."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from swapbench_models.neural.command.arguments import add_reading, networks
from swapbench_models.neural.command.telling import stage
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.fault import Fault, LanguageError
from swapbench_models.neural.language.source import Source, read
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.network.layer import product, told
from swapbench_models.neural.network.network import Network


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add check."""
    parser = commands.add_parser("check", help="read texts, and say what their networks are or what is wrong with them")
    parser.set_defaults(command=_check)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file of the network language")
    parser.add_argument("--layers", action="store_true", help="list every layer with its shape and cost")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_reading(parser)


def _check(options: argparse.Namespace) -> int:
    """Return 0 when all texts are networks, 1 when one is faulty, 2 when one cannot be read."""
    with stage(options, "checked"):
        results = [_file(name, options) for name in options.files]
    if options.json:
        print(json.dumps([result for _, result, _ in results], indent=2))
    else:
        for _, _, lines in results:
            print("\n".join(lines))
    return max(status for status, _, _ in results)


def _file(name: str, options: argparse.Namespace) -> tuple[int, dict[str, Any], list[str]]:
    """Return status, result and lines of one file."""
    try:
        source = read(name)
        found = networks(source, options)
    except LanguageError as error:
        faults = [_placed(error.source, fault) for fault in error.faults]
        return 1, {"file": name, "ok": False, "faults": faults}, [str(error)]
    except NeuralError as error:  # no text that could be faulty
        return 2, {"file": name, "ok": False, "error": str(error)}, [str(error)]
    result = {"file": name, "ok": True, "networks": [_network(source, each) for each in found]}
    return 0, result, list(_lines(source, found, options.layers))


def _placed(source: Source, fault: Fault) -> dict[str, Any]:
    line, column = source.place(fault.at)
    return {"line": line, "column": column, "message": fault.message}


def _network(source: Source, checked: Checked) -> dict[str, Any]:
    network = checked.network
    return {
        "name": network.name,
        "inputs": {each.name: each.shape for each in network.inputs},
        "outputs": [network.shape(value) for value in network.outputs],
        "parameters": network.count_parameters(),
        "flops_per_example": network.flops(),
        "hyper_parameters": [each.name for each in checked.space],
        "layers": list(layers(network)),
        "notes": [_placed(source, note) for note in checked.notes],
    }


def layers(network: Network) -> Iterator[dict[str, Any]]:
    """Yield each layer of the text with the shape that it leaves, its trained parameters and its operations."""
    for number, part in enumerate(network.parts):
        steps = [step for step in network.steps if step.part == number]
        weights = [
            product(weight.shape) or 0
            for step in steps
            if network.known(step)
            for weight in step.layer.weights(*network.shapes(step))
            if weight.trained
        ]
        flops = [network.step_flops(step) for step in steps]
        known = [count for count in flops if count is not None]
        yield {
            "layer": part.label,
            "within": list(part.group),
            "shape": steps[-1].shape if steps else None,
            "parameters": sum(weights),
            "flops": sum(known) if len(known) == len(flops) else None,
        }


def _lines(source: Source, found: tuple[Checked, ...], every_layer: bool) -> Iterator[str]:
    for checked in found:
        network = checked.network
        flops = network.flops()
        cost = "" if flops is None else f", {flops:,} FLOPs an example"
        count = f"{len(network.parts)} layer{'s' if len(network.parts) != 1 else ''}"
        shapes = " and ".join(told(each.shape) for each in network.inputs)
        left = " and ".join(_shape(network.shape(value)) for value in network.outputs)
        learned = f"{network.count_parameters():,} parameters"
        yield f"{source.name}: {network.name}: {shapes} -> {left}, {count}, {learned}{cost}"
        if every_layer:
            yield from _table(network)
        for note in checked.notes:
            line, column = source.place(note.at)
            yield f"{source.name}:{line}:{column}: note: {note.message}"


def _table(network: Network) -> Iterator[str]:
    rows = [
        (
            "  " * len(layer["within"]) + layer["layer"],
            _shape(layer["shape"]),
            f"{layer['parameters']:,}",
            "" if layer["flops"] is None else f"{layer['flops']:,}",
        )
        for layer in layers(network)
    ]
    head = ("layer", "shape", "parameters", "FLOPs")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for label, shape, parameters, flops in (head, *rows):
        yield f"  {label:{widths[0]}}  {shape:{widths[1]}}  {parameters:>{widths[2]}}  {flops:>{widths[3]}}".rstrip()


def _shape(shape: tuple[int | None, ...] | None) -> str:
    return "unknown" if shape is None else told(shape)
