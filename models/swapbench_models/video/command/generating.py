"""The command `generate`: a labelled set of clips, really encoded."""

import argparse
from pathlib import Path

from swapbench_models.arguments import at_least, seed


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add generate."""
    parser = commands.add_parser("generate", help="make a labelled set of clips, half of them manipulated")
    parser.set_defaults(command=_generate)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the clips and their table go")
    parser.add_argument("--clips", type=at_least(2), default=36, help="how many, an even number (default: 36)")
    parser.add_argument("--frames", type=at_least(1), default=16, help="of each clip (default: 16)")
    parser.add_argument("--size", type=at_least(1), default=96, help="pixels of the longer side (default: 96)")
    parser.add_argument("--strength", type=float, default=1.0, help="of manipulations; less is harder (default: 1)")
    parser.add_argument("--seed", type=seed, default=0, help="of all that is by chance (default: 0)")
    parser.add_argument(
        "--force",
        action="store_true",
        help="write over clips that this command has made there, of another plan or edited since",
    )


def _generate(options: argparse.Namespace) -> int:
    from swapbench_models.video.data.generate import generate
    from swapbench_models.video.data.plan import Plan

    plan = Plan(options.clips, options.frames, options.size, options.seed, options.strength)
    print(generate(plan, options.out, options.force))
    return 0
