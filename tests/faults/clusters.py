"""Clusters: a process of Ray's, or a whole node, is ended by SIGKILL while it has cells to measure."""

import importlib.util

from faults.fault import Fault, Late
from faults.moments import measuring
from faults.promise import insist
from faults.running import Role, Running
from faults.victim import Truth, Victim
from ray_cluster import RayCluster, ray_cluster

_WITHOUT = (
    "The run goes on to its end without it, or ends in a sentence with status 2; all that had ended is kept, and "
    "`--swap-resume` measures the rest."
)
_INTERRUPTED = 2
_RAY = "--swap-engine=ray"
_JOINS_S = 2.0
_NAMES: dict[Role, str] = {
    "ray worker": "worker of Ray's",
    "driver": "process that speaks with Ray",
    "raylet": "only Ray node",
    "ray head": "Ray head",
}


def _possible() -> bool:
    return importlib.util.find_spec("ray") is not None


def _of_our_own(victim: Victim, truth: Truth) -> Running:
    """Start the command with a cluster of its own, and let it go on to a moment from when that measures."""
    running = victim.command(_RAY)
    while not running.over and not running.found("ray worker"):
        running.sleep(0.02)
    running.sleep(victim.chance.uniform(0, truth.took_s["0"] / 2))
    return running


def _on(cluster: RayCluster, victim: Victim, truth: Truth) -> Running:
    """Start the command on a cluster, and let it go on to a moment from when it joins that."""
    running = victim.command(cluster.engine)
    measuring(running, victim, _JOINS_S + truth.took_s["0"] / 2)
    return running


def _worker(victim: Victim, truth: Truth) -> None:
    running = _of_our_own(victim, truth)
    hit = running.kill("ray worker", victim.chance)
    running.ended({0})
    victim.settle(running)
    victim.finish(truth, _RAY)
    if not hit:
        raise Late


def _part(role: Role) -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        running = _of_our_own(victim, truth)
        hit = running.kill(role, victim.chance)
        status = running.ended({0, _INTERRUPTED})
        victim.settle(running)
        victim.finish(truth, _RAY)
        insist(status == 0 or "--swap-engine ray: " in running.output, "untold", running.output)
        if not hit:
            raise Late

    return Fault(f"kill -9 of the {_NAMES[role]}", _WITHOUT, inject, finish=False, possible=_possible)


def _node(victim: Victim, truth: Truth) -> None:
    cluster = victim.ends.enter_context(ray_cluster())
    running = _on(cluster, victim, truth)
    over = running.over
    cluster.kill(victim.chance.randrange(2))
    running.ended({0})
    victim.settle(running)
    insist(victim.complete, "lost", running.output)
    victim.finish(truth, _RAY)
    if over:
        raise Late


def _head(victim: Victim, truth: Truth) -> None:
    cluster = victim.ends.enter_context(ray_cluster())
    running = _on(cluster, victim, truth)
    over = running.over
    cluster.kill_head()
    status = running.ended({0, _INTERRUPTED})
    victim.settle(running)
    victim.finish(truth, _RAY)
    insist(status == 0 or f"--swap-engine ray://{cluster.address}: " in running.output, "untold", running.output)
    if over:
        raise Late


_ELSEWHERE = "What it measured then is measured elsewhere, in the same run, which ends well; nothing else is."
FAULTS = [
    Fault(f"kill -9 of a {_NAMES['ray worker']}", _ELSEWHERE, _worker, finish=False, possible=_possible),
    Fault("kill -9 of one of two Ray nodes", _ELSEWHERE, _node, finish=False, possible=_possible),
    _part("driver"),
    _part("raylet"),
    _part("ray head"),
    Fault(
        "kill -9 of the Ray head of two nodes",
        _WITHOUT,
        _head,
        finish=False,
        possible=_possible,
        times=lambda each: min(each, 4),  # nodes wait a minute for their head
    ),
]
