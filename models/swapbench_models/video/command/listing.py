"""The command `list`: the models, their backends, and how large they are."""

import argparse
import json
from typing import Any

from swapbench_models.video.sizes import BACKENDS, SIZES


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add list."""
    parser = commands.add_parser("list", help="name each model, its backends, its parameter counts and multiply-adds")
    parser.set_defaults(command=_list)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _list(options: argparse.Namespace) -> int:
    models: list[dict[str, Any]] = [
        {
            "model": model,
            "backends": [BACKENDS[model]],
            "parameters": {profile: size.parameters for profile, size in sizes.items()},
            "macs": {profile: size.macs for profile, size in sizes.items()},
        }
        for model, sizes in SIZES.items()
    ]
    if options.json:
        print(json.dumps(models, indent=2))
        return 0
    for model in models:
        counts = ", ".join(f"{profile} {_told(model, profile)}" for profile in model["parameters"])
        print(f"{model['model']:20} {' '.join(model['backends']):8} parameters (and multiply-adds a clip): {counts}")
    return 0


def _told(model: dict[str, Any], profile: str) -> str:
    parameters, macs = (model[what][profile] for what in ("parameters", "macs"))
    return f"{parameters:,}" if macs is None else f"{parameters:,} ({macs / 1e9:,.3f} G)"
