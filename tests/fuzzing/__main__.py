"""What readers make of files as strangers change them, as a table: `PYTHONPATH=tests python -m fuzzing`.

The exit status is 1 where a reader did anything else than to read a file or to refuse it in a sentence.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from fuzzing import guard
from fuzzing.reader import HEAD, Reader, Told
from fuzzing.readers import OWNERS, readers
from fuzzing.run import given_to

_TRIED = 100  # files, to see how long one takes


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=__doc__)
    parser.add_argument(
        "readers", nargs="*", metavar="READER", help="names of the table, or what they begin with (default: all)"
    )
    parser.add_argument("--examples", type=int, default=1000, metavar="N", help="files a reader (default: %(default)s)")
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="no more files a reader than take about so long, of a processor's time",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="K", help="of what is drawn (default: %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write there what was found, a file each")
    chosen = parser.parse_args(arguments)
    print(HEAD, flush=True)
    found = 0
    for name, reader in _chosen(chosen.readers):
        guard.begin()
        told = given_to(name, reader, _count(reader, chosen.examples, chosen.seconds, chosen.seed), chosen.seed)
        print("\n".join([told.line(), *_found(told, chosen.keep)]), flush=True)
        found += len(told.found)
    return int(found > 0)


def _chosen(given: Sequence[str]) -> Iterator[tuple[str, Reader]]:
    """Yield the readers of these names, or of these owners; all where none is given."""
    for owner in OWNERS:
        if not given or any(each.partition(":")[0] == owner for each in given):
            for name, reader in readers(owner).items():
                if not given or owner in given or name in given:
                    yield name, reader


def _count(reader: Reader, examples: int, seconds: float | None, seed: int) -> int:
    """Return how many files a reader is given."""
    if seconds is None:
        return examples
    begun = time.process_time()
    given_to("", reader, _TRIED, seed + 1)
    return max(_TRIED, min(examples, int(_TRIED * seconds / (time.process_time() - begun))))


def _found(told: Told, folder: Path | None) -> list[str]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(told.found.values()):
            (folder / f"{told.name.replace(' ', '-').replace('/', '-')}-{number}").write_bytes(one.content)
    return [f"    {what}: {one.why[:160]!a} ({len(one.content):,} bytes)" for what, one in told.found.items()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
