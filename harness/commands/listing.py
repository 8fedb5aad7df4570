"""`swapbench list`: the suites that test files declare, and how many cells each has."""

import argparse
import json
import tempfile
from pathlib import Path

from harness.commands import screen
from harness.commands.pytest_run import run_pytest
from harness.plan.suite import PROFILES
from harness.show import text
from harness.show.paragraph import wrapped

HELP = "list the declared suites, their models, backends, datasets and cells"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", default=["bench"], metavar="PATH", help="test files (default: bench)")
    parser.add_argument("--profile", default="quick", help=f"one of {', '.join(PROFILES)} (default: %(default)s)")
    parser.add_argument("--data", metavar="DIR", help="folder of real data sets")


def run(chosen: argparse.Namespace) -> int:
    """Print the suites as text or JSON."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        data = [f"--swap-data={chosen.data}"] if chosen.data else []
        options = ["--collect-only", f"--swap-profile={chosen.profile}", f"--swap-plan={plan}", *data]
        run_pytest([*options, *chosen.paths], Path.cwd())
        planned = json.loads(plan.read_text())
    suites, absence = planned["suites"], planned["absence"]
    if chosen.json:
        print(json.dumps({"profile": chosen.profile, "suites": suites, "absence": absence}, indent=1))
    else:
        width = screen.width()
        told = [text.listed(suite, width) for suite in suites] + ([wrapped(absence, width)] if absence else [])
        print("\n\n".join(map("\n".join, told)) or "no suites are declared there")
    return 0
