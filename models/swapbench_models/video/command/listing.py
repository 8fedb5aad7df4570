"""The command `list`: the models, their backends, and how large they are."""

import argparse
import json
from typing import Any

from swapbench_models.aligned import aligned
from swapbench_models.video.catalogue import PROFILES
from swapbench_models.video.sizes import BACKENDS, SIZES, Size


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
    rows = [[each["model"], *each["backends"], *map(_told, SIZES[each["model"]].values())] for each in models]
    print(aligned([["model", "backend", *PROFILES], *rows]))
    print("Trained numbers, and multiply-adds a clip. Networks begin with random weights, unless with --pretrained.")
    return 0


def _told(size: Size) -> str:
    return f"{size.parameters:,}" if size.macs is None else f"{size.parameters:,}, {size.macs / 1e9:,.3f} G"
