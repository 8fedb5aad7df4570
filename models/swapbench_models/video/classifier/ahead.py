"""Ahead: batches are read by threads while the one before them is learned from."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Read = TypeVar("Read")


def ahead(parts: Iterable[Part], read: Callable[[Part], Read], workers: int) -> Iterator[Read]:
    """Yield what is read of each part, in their order; at most one batch a worker is waiting to be taken.

    Without workers a part is read when it is asked for. Raises what reading raises.
    """
    if not workers:
        yield from map(read, parts)
        return
    waiting: deque[Future[Read]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for part in parts:
                waiting.append(pool.submit(read, part))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()
