"""`swapbench gc`: removes what the store no longer needs."""

import argparse
import json
from datetime import UTC, datetime, timedelta

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.commands.store import add_store, opened, store_folder
from swapbench.record.underway import underway
from swapbench.run.cache import Cache

HELP = "remove old runs, and data and fitted models that have not been used for as long"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--days",
        type=float,
        default=30.0,
        metavar="N",
        help="how old is old (default: %(default)g); the last run stays",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed")
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Remove, or with --dry-run only count, and say how much it was."""
    if not chosen.days >= 0:
        raise SwapError(f"--days {chosen.days:g}: give a number of days, 0 or more.")
    store = store_folder(chosen.store)
    before = datetime.now(UTC) - timedelta(days=chosen.days)
    busy = underway(store)
    if busy and not chosen.dry_run:
        raise SwapError(f"Run {busy[0]} is being measured and may need any of it; clear up when it has ended.")
    with opened(store) as journal:
        last = journal.last_run()
        old = [digest.run for digest in journal.digests() if digest.started < before.isoformat() and digest.run != last]
        if not chosen.dry_run:
            journal.forget(old)
    cache = Cache(store / "cache")
    unused = [entry for entry in cache.entries() if entry.used < before.timestamp()]
    if not chosen.dry_run:
        cache.remove([entry.key for entry in unused])
    freed = sum(entry.size_bytes for entry in unused)
    if chosen.json:
        print(json.dumps({"runs": old, "entries": [entry.key for entry in unused], "bytes": freed}, indent=1))
    else:
        what = f"{units.counted(len(old), 'run')} and {len(unused):,} of what the cache holds, {units.mebibytes(freed)}"
        print(f"{what}, {'would be ' if chosen.dry_run else ''}removed.")
    return 0
