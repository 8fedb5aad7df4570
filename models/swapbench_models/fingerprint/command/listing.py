"""The command `list`: the models, their variants, and how many weights they have."""

import argparse
import json

from swapbench_models.fingerprint.command.arguments import option
from swapbench_models.fingerprint.logs.schema import named
from swapbench_models.fingerprint.measured.datasets import as_frame, logins
from swapbench_models.fingerprint.model.catalogue import MODELS, VARIANTS

_PROFILES = ("quick", "standard", "paper")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add list."""
    parser = commands.add_parser("list", help="name each model, its variants and its parameter counts")
    parser.set_defaults(command=_list)
    option(parser, "json", action="store_true", help="print JSON")


def _list(options: argparse.Namespace) -> int:
    counts = {model: dict.fromkeys(_PROFILES, parameters(model)) for model in MODELS}
    if options.json:
        told = [{"model": model, "variants": [*VARIANTS], "parameters": counted} for model, counted in counts.items()]
        print(json.dumps(told, indent=2))
        return 0
    for model, counted in counts.items():
        each = ", ".join(f"{profile} {count:,}" for profile, count in counted.items())
        print(f"{model:12} variants: {', '.join(VARIANTS):10} parameters: {each}")
    return 0


def parameters(model: str) -> int:
    """Return the number of weights of a model of ten people's logins in a month; profiles change training, not size."""
    from swapbench_models.fingerprint.model.create import create  # brings torch, which other commands go without

    known = named("duo")
    counted = known.counted(as_frame(logins("duo", users=10, days=30)[0]))
    made = create(model)
    made.begin(counted.select([name for name in counted.columns if name in known.model.features]))
    return made.count_parameters()
