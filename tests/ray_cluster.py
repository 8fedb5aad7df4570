"""A cluster of Ray's whose nodes are all on this machine, in a process of its own: started, told to lose nodes, ended.

Run as a program it is that process: it prints the address, and then does what each line that it reads says.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from helpers import environment


@dataclass(frozen=True)
class RayCluster:
    """A cluster as the tests know it; its head has no processors, so that no cell is executed there."""

    process: "subprocess.Popen[str]"
    address: str

    @property
    def engine(self) -> str:
        """What names it on the command line."""
        return f"--swap-engine=ray://{self.address}"

    def kill(self, node: int) -> None:
        """Kill all processes of a node, as a machine that loses its power."""
        self._say(f"kill {node}")

    def kill_head(self) -> None:
        """Kill the head, and with it the cluster."""
        self._say("head")

    def add(self) -> None:
        """Add another node like the first."""
        self._say("add")

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(line, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline().strip() == "done"


@contextmanager
def ray_cluster(nodes: Sequence[Mapping[str, str]] = ({}, {}), cpus: int = 1, **variables: str) -> Iterator[RayCluster]:
    """Start a cluster of nodes with so many processors each, and the variables given for each; end it after all."""
    folder = Path(tempfile.mkdtemp(prefix="rc-", dir="/tmp"))  # sockets have short paths
    (folder / "ray").mkdir()
    mark = f"SWAPBENCH_TEST_CLUSTER={folder}"
    settled = {
        "RAY_TMPDIR": str(folder),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on loopback alone, as Ray calls it
        "SWAPBENCH_TEST_CLUSTER": str(folder),
        "SWAPBENCH_LOCKS": str(folder / "locks"),
    }
    errors = (folder / "errors").open("w")
    process = subprocess.Popen(
        [sys.executable, __file__, json.dumps(list(map(dict, nodes))), str(cpus)],
        env=environment(**settled, **variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, (folder / "errors").read_text()
        yield RayCluster(process, address)
    finally:
        errors.close()
        with suppress(subprocess.TimeoutExpired):
            process.communicate("", timeout=20)
        process.kill()
        process.communicate()
        _end(mark.encode())
        shutil.rmtree(folder, ignore_errors=True)


def _end(mark: bytes) -> None:
    """Kill what is left of a cluster: Ray's agents outlive their node for a minute."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), 9)


def _main(nodes: list[dict[str, str]], cpus: int) -> None:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    living = [cluster.add_node(num_cpus=cpus, env_vars=variables) for variables in nodes]
    print(cluster.address, flush=True)
    for line in sys.stdin:
        word, _, number = line.partition(" ")
        if word == "kill":
            cluster.remove_node(living[int(number)], allow_graceful=False)
        elif word.strip() == "add":
            living.append(cluster.add_node(num_cpus=cpus, env_vars=nodes[0]))
        else:
            cluster.remove_node(cluster.head_node, allow_graceful=False)
        print("done", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]), int(sys.argv[2]))
