"""`swapbench accept`: makes a run the baseline that the gate compares with; nothing else writes one."""

import argparse
import json
from dataclasses import replace

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.commands import screen, shrinking
from swapbench.commands.store import add_store, baseline_path, load, store_folder
from swapbench.record import document
from swapbench.record.run import Run

HELP = "make a run the baseline of the gate"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run of the store or a file (default: the last run)")
    parser.add_argument("--to", metavar="PATH", help="where the baseline is (default: as set, else in the store)")
    parser.add_argument("--keep", action="store_true", help="keep cells of the present baseline that RUN does not have")
    parser.add_argument(
        "--shrink",
        action="store_true",
        help="accept also what makes the gate hold less: fewer cells or rounds, or another slot or profile",
    )
    parser.add_argument("--partial", action="store_true", help="accept a run with failed cells, without these")
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Write the baseline and say what changed."""
    store = store_folder(chosen.store)
    accepted = _measured(load(chosen.run, store), partial=chosen.partial)
    path = baseline_path(chosen.to, store)
    before = document.read(path) if path.exists() else None
    if before is not None and chosen.keep:
        accepted = _merged(before, accepted)
    if before is not None and not chosen.shrink:
        shrinking.check(before, accepted)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        document.write(path, accepted, {})
    except OSError as error:
        raise SwapError(f"{path}: the baseline could not be written ({error.strerror}); the old one stands.") from error
    changes = _changes(before, accepted)
    if chosen.json:
        print(json.dumps({"baseline": str(path), "run": accepted.name, **changes}, indent=1))
    else:
        told = ", ".join(f"{count} {what}" for what, count in changes.items() if count) or "nothing"
        screen.say(f"{path}: {told}, from run {accepted.name}.")
        loaded = [record for record in accepted.records if record.loaded]
        if loaded:
            screen.say(
                f"Other load took part in half of the rounds or more of {units.counted(len(loaded), 'cell')}, first "
                f"{loaded[0].cell}: in these phases the times of their rows can never be shown to be equivalent or "
                "improved. Measure again on a quiet machine."
            )
        if not accepted.source.get("commit") or accepted.source.get("dirty"):
            screen.say(
                "It was not measured from a clean commit (files differ from it, or git does not know Python files "
                "there), so the gate cannot measure suspects again beside its code, and will call them inconclusive."
            )
    return 0


def _measured(run: Run, *, partial: bool) -> Run:
    """Return the part of a run that can be a baseline; raises SwapError when it does not have all it planned."""
    bad = [record for record in run.records if record.status not in ("ok", "skipped")]
    if (bad or run.missing) and not partial:
        first = bad[0].sentence() if bad else f"{run.missing[0]}: not run"
        count = units.counted(len(bad) + len(run.missing), "cell")
        raise SwapError(
            f"run {run.name}: {count} did not end well ({first}); mend it, or accept the rest with --partial."
        )
    good = {record.cell for record in run.records if record.status == "ok"}
    if not good:
        raise SwapError(f"run {run.name}: it has no measured cell, so there is nothing to accept.")
    return run.only(good)


def _merged(before: Run, after: Run) -> Run:
    taken = {replace(cell, profile="") for cell in after.planned.values()}
    kept = before.only(cell for cell in before.planned.values() if replace(cell, profile="") not in taken)
    outlines = {outline.name: outline for outline in (*before.outlines, *after.outlines)}
    return replace(
        after,
        outlines=tuple(outlines.values()),
        planned={**kept.planned, **after.planned},
        records=(*kept.records, *after.records),
    )


def _changes(before: Run | None, after: Run) -> dict[str, int]:
    old = {record.cell: record for record in before.records} if before else {}
    new = {record.cell: record for record in after.records}
    return {
        "new": len(new.keys() - old.keys()),
        "replaced": sum(old[cell] != new[cell] for cell in old.keys() & new.keys()),
        "kept": sum(old[cell] == new[cell] for cell in old.keys() & new.keys()),
        "dropped": len(old.keys() - new.keys()),
    }
