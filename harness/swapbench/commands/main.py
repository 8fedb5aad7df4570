"""The entry point of `swapbench`: one subcommand a file, one line and an exit status for what goes wrong."""

import argparse
import importlib.metadata
import io
import os
import sys
from collections.abc import Sequence

from swapbench.base.error import SwapError
from swapbench.commands import ab, accept, compare, forget, gc, listing, merge, recover, report, runs, show, versus
from swapbench.commands.selfcheck import command as selfcheck
from swapbench.show.paragraph import harmless

_COMMANDS = {
    "list": listing,
    "runs": runs,
    "show": show,
    "report": report,
    "compare": compare,
    "merge": merge,
    "ab": ab,
    "versus": versus,
    "accept": accept,
    "forget": forget,
    "gc": gc,
    "recover": recover,
    "selfcheck": selfcheck,
}
_STATUSES = (
    "Exit status: 0 fine; 1 worse than allowed; 2 usage or bad input, with one line that says what; 3 inconclusive or "
    "incomparable; 130 interrupted."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit status: 0 fine, 1 worse than allowed, 2 usage or bad input, 3 unclear."""
    parser = argparse.ArgumentParser(
        prog="swapbench", description="Compare models: time, memory and accuracy.", epilog=_STATUSES
    )
    parser.add_argument("--version", action="version", version=importlib.metadata.version("swapbench"))
    subcommands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in _COMMANDS.items():
        own = subcommands.add_parser(
            name,
            help=module.HELP,
            description=module.HELP,
            epilog=f"{getattr(module, 'PASSES_ON', '')} {_STATUSES}".strip(),
            allow_abbrev=False,
        )
        own.add_argument("--json", action="store_true", help="print JSON")
        module.add_arguments(own)
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files, and older records, may hold what is no text
        sys.stdout.reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if arguments is None else arguments
    if not given:
        parser.print_help(sys.stderr)
        return 2
    chosen, rest = parser.parse_known_args(given)
    chosen.given, chosen.rest = [*given], rest
    if rest and not getattr(_COMMANDS[chosen.command], "PASSES_ON", ""):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        status = int(_COMMANDS[chosen.command].run(chosen))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has gone, as `head` does; nothing is left to be flushed to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except SwapError as error:
        print(harmless(f"swapbench {chosen.command}: {error}"), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"swapbench {chosen.command}: interrupted", file=sys.stderr)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
