"""The command `visualize`: a picture of a text's network, as a page, as SVG or as PNG."""

import argparse
from pathlib import Path

from swapbench_models.neural.command.arguments import add_network, add_reading, chosen
from swapbench_models.neural.command.telling import stage
from swapbench_models.neural.command.writing import add_force, require_free
from swapbench_models.neural.drawing.colours import THEMES
from swapbench_models.neural.drawing.draw import FORMATS, draw, holds, mark
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.seal import seal
from swapbench_models.writing import write


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add visualize."""
    parser = commands.add_parser("visualize", help="draw a network")
    parser.set_defaults(command=_visualize)
    add_network(parser)
    parser.add_argument("--format", choices=FORMATS, help="what to write (default: what OUT ends in, or html)")
    parser.add_argument("--output", "-o", metavar="OUT", help="the file to write (default: FILE.html, .svg or .png)")
    add_force(parser)
    parser.add_argument(
        "--theme",
        choices=THEMES,
        default="auto",
        help="the colours; auto: those that the reader prefers, and for png light (default: auto)",
    )
    parser.add_argument(
        "--layers",
        choices=("parts", "steps"),
        default="parts",
        help="one box for each layer of the text, or for each of the primitive layers that it stands for",
    )
    parser.add_argument(
        "--cache",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="leave OUT as it is where it holds this drawing already (default: yes)",
    )
    add_reading(parser)


def _visualize(options: argparse.Namespace) -> int:
    _, checked = chosen(options)
    network = checked.network
    ending = Path(options.output or "").suffix[1:].lower()
    form = options.format or (ending if ending in FORMATS else FORMATS[0])
    file = Path(options.output or f"{Path(options.file).stem}.{form}")
    if file.exists() and file.samefile(options.file):
        raise NeuralError(f"{file}: is the text itself; give another file to write.")
    steps = options.layers == "steps"
    if options.cache and holds(file, mark(network, form, options.theme, steps)):
        print(f"{file}: holds this drawing of {network.name} already")
        return 0
    require_free(file, form, options)
    with stage(options, "drawn"):
        content = seal(draw(network, form, options.theme, steps), form)
    write(file, content)
    print(f"{file}: {network.name}, {len(content):,} bytes")
    return 0
