"""The entry point of `swapbench`: one subcommand a file, one line and an exit status for what goes wrong."""

import argparse
import sys
from collections.abc import Sequence

from harness.commands import listing
from harness.commands.selfcheck import command as selfcheck
from harness.plan.error import SwapError

_COMMANDS = {"list": listing, "selfcheck": selfcheck}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit status: 0 fine, 1 worse than allowed, 2 usage or bad input."""
    parser = argparse.ArgumentParser(prog="swapbench", description="Compare models: time, memory and accuracy.")
    subcommands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in _COMMANDS.items():
        own = subcommands.add_parser(name, help=module.HELP, description=module.HELP)
        own.add_argument("--json", action="store_true", help="print JSON")
        module.add_arguments(own)
    chosen = parser.parse_args(arguments)
    try:
        return int(_COMMANDS[chosen.command].run(chosen))
    except SwapError as error:
        print(f"swapbench {chosen.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"swapbench {chosen.command}: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
