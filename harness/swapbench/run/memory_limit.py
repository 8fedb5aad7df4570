"""The memory limit of a timed section."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from swapbench.run.probes import status_bytes


@contextmanager
def memory_limit(limit: int | None) -> Iterator[None]:
    """Let this process grow by `limit` bytes of private memory inside the block (None: as it likes).

    RLIMIT_DATA rather than RLIMIT_AS: the latter counts address space that numeric libraries reserve and never use.
    """
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (status_bytes("self", "VmData") + limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
