"""The scripted neighbour: other load that comes in bursts, the same ones each time."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from swapbench.run.machine import cores

# Bursts and pauses of 20 milliseconds to 2 seconds, half of them computing and half moving memory. It is killed (9)
# when its parent ends (1: PR_SET_PDEATHSIG), however that ends: it would disturb every later measurement otherwise.
_SCRIPT = """
import ctypes, random, sys, time
import numpy as np

ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
chance = random.Random(int(sys.argv[1]))
block = np.ones(4_000_000)
while True:
    time.sleep(chance.choice((0.02, 0.1, 0.5, 2.0)) * chance.random())
    end = time.monotonic() + chance.choice((0.02, 0.1, 0.5, 2.0)) * chance.random()
    moving = chance.random() < 0.5
    while time.monotonic() < end:
        if moving:
            block += 1.0
        else:
            sum(range(20_000))
"""


@contextmanager
def neighbour() -> Iterator[None]:
    """Run one bursty process for each core, free to wander, for the length of a with block."""
    processes = [subprocess.Popen([sys.executable, "-c", _SCRIPT, str(seed)]) for seed in range(len(cores()))]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
