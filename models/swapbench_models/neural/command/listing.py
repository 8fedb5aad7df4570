"""The command `list`: the models, their backends, and how many weights they have."""

import argparse
import json
from typing import Any

from swapbench_models.neural.catalogue import MODELS, VARIANTS, parameters


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add list."""
    parser = commands.add_parser("list", help="name each model, its backends and its parameter counts")
    parser.set_defaults(command=_list)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _list(options: argparse.Namespace) -> int:
    models: list[dict[str, Any]] = [
        {
            "model": model,
            "backends": list(backends),
            "variants": {name: list(targets) for name, targets in VARIANTS.get(model, {}).items()},
            "parameters": parameters(model),
        }
        for model, backends in MODELS.items()
    ]
    if options.json:
        print(json.dumps(models, indent=2))
        return 0
    for model in models:
        counts = ", ".join(f"{profile} {count:,}" for profile, count in model["parameters"].items())
        ways = [*model["backends"], *(f"{name} ({' '.join(found)})" for name, found in model["variants"].items())]
        print(f"{model['model']:20} {' '.join(ways):66} parameters: {counts}")
    return 0
