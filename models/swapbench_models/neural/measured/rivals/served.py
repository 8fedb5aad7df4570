"""The reference's parser, served: each line of the input is a request in JSON, and each of the output its answer.

An interpreter runs this file by its path, and sees the standard library and the folder of packages that it is given.
"""

import importlib
import json
import logging
import sys
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import Any


def main(folder: str) -> None:
    """Serve until the input ends; what a request raises is its answer."""
    # Whatever else is printed is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, folder)
    works: dict[str, Callable[..., Any]] = {"create": _create, "parse": _parse}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"done": works[request.pop("work")](**request)}
        except Exception as error:  # the answer, whatever it is
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def _create() -> None:
    """Make the parser anew."""
    _parser().create_parser("network")


def _parse(texts: Sequence[str]) -> list[str]:
    """Parse every text by the parser that was made at import, and return the layers of the last one."""
    found = [_parser().ModelTransformer().parse_network(text) for text in texts]
    return [layer["type"] for layer in found[-1]["layers"]]


@cache
def _parser() -> Any:
    """Import the reference's parser, with empty modules in the place of what it imports and does not need.

    pysnooper would print every line that it executes, and its log would tell of each parse: neither is parsing.
    """
    snooper, plotly, graphs = map(ModuleType, ("pysnooper", "plotly", "plotly.graph_objects"))
    vars(snooper)["snoop"] = lambda: lambda function: function
    vars(plotly)["graph_objects"] = graphs
    sys.modules.update({module.__name__: module for module in (snooper, plotly, graphs)})
    parser = importlib.import_module("neural.parser.parser")
    logging.disable()
    return parser


if __name__ == "__main__":
    main(sys.argv[1])
