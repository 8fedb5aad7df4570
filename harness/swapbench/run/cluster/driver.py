"""The driver: the process that speaks with Ray, for the engine that has started it and with which it exchanges JSON.

It ends when its engine does, and takes a cluster of its own with it.
"""

import asyncio
import json
import os
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import (
    NodeDiedError,
    OutOfMemoryError,
    RayTaskError,
    RuntimeEnvSetupError,
    TaskUnschedulableError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from swapbench.base.error import SwapError
from swapbench.run.cache import Cache
from swapbench.run.cluster.board import Board, Capacity, Node
from swapbench.run.cluster.node import execute
from swapbench.run.cluster.order import Order
from swapbench.run.cluster.supply import manifest, pieces
from swapbench.run.machine import host

_LINE_BYTES = 2**28
_LOOK_S = 5.0
# How long an address may take to answer, and a cluster to be joined.
_ANSWER_S, _JOIN_S = 10.0, 60.0
# How long nodes may take to come, or to come again, before a run ends that has none.
_PATIENCE_S = 300.0
# How long a node may leave an order alone before that is told: Ray starts workers again and again that cannot start.
_UNBEGUN_S = 60.0
# What Ray keeps objects in: of a cluster of our own there are none to speak of.
_OBJECTS_BYTES = 80 * 2**20

Event = dict[str, Any]


class Driver:
    """Has the orders of one run executed; `cache` is the one that they were planned with, and `own` says that nobody
    else will add nodes to the cluster."""

    def __init__(self, writer: asyncio.StreamWriter, cache: Path, *, own: bool) -> None:
        self._writer, self._cache, self._own = writer, Cache(cache), own
        self._board = Board()
        self._execute = ray.remote(max_retries=0)(execute)
        self._footings: dict[str, ray.ObjectRef[str]] = {}
        self._entries: dict[str, tuple[Event, list[ray.ObjectRef[bytes]]]] = {}
        self._supplies: dict[int, list[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._told: Event = {}
        self._unfit = ""
        self._stalled_s: float | None = None
        self._given_s: dict[int, tuple[float, str]] = {}

    async def serve(self, reader: asyncio.StreamReader, home: str) -> None:
        """Obey the engine until it goes, or the cluster does."""
        self._home = ray.put(home)
        await self._look()
        looking = asyncio.create_task(self._keep_looking())
        obeying = asyncio.create_task(self._keep_obeying(reader))
        done, _ = await asyncio.wait([looking, obeying, self._broken], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def _tell(self, event: str, **more: Any) -> None:
        _write(self._writer, {"event": event, **more})

    async def _keep_obeying(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self._obey(json.loads(line))
            self._fill()

    def _obey(self, message: Event) -> None:
        if message["event"] == "footing":
            self._footings[message["digest"]] = ray.put(message["text"])
        elif message["event"] == "order":
            self._board.add(Order.from_dict(message["order"]))
        elif message["event"] == "wanted":
            self._board.want(message["number"])
        elif message["event"] == "enough":
            self._board.end_with(message["number"])

    def _fill(self) -> None:
        for order, node in self._board.begin():
            self._given_s[order.number] = time.monotonic(), node.has.name
            task = asyncio.create_task(self._run(order, node))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._broken.done():
            self._broken.set_exception(error)  # a fault of ours, which nobody may wait for in vain

    async def _run(self, order: Order, node: Node) -> None:
        """Have an order executed on a node, and see to it that it is executed elsewhere where that comes to nothing.

        What came of it is the last that is listened to: whatever dies after that has nothing to do with it any more.
        """
        try:
            async for reference in self._begun(order, node):
                if self._settled(order, node, json.loads(await reference)):
                    break
            else:
                raise SwapError(f"node {node.has.name} has said nothing of {order.cells[0]}")
        except (TaskUnschedulableError, NodeDiedError):
            self._board.drop(node.has.id)
            if order.number in self._given_s:  # it was not even begun
                self._board.again(order, node)
            else:
                self._lose(order, node, f"the machine that measured it ({host(node.has.host)}) was lost")
        except (WorkerCrashedError, OutOfMemoryError):
            self._lose(order, node, f"the process that measured it (on machine {host(node.has.host)}) was killed")
        except (RayTaskError, RuntimeEnvSetupError) as error:
            self._refuse(order, node, _in_words(error))
        self._given_s.pop(order.number, None)
        if not self._board.nodes:
            await self._look()
        self._fill()

    def _begun(self, order: Order, node: Node) -> "ray.ObjectRefGenerator":
        wants: Event = {"num_cpus": order.cpus, "num_gpus": order.gpus, "memory": order.memory or None}
        placed = self._execute.options(
            **wants, scheduling_strategy=NodeAffinitySchedulingStrategy(node.has.id, soft=False)
        )
        given = self._home, self._footings[order.footing], json.dumps(order.as_dict())
        stream: ray.ObjectRefGenerator = placed.remote(*given, *self._supplies.get(order.number, ()))
        return stream

    def _settled(self, order: Order, node: Node, event: Event) -> bool:
        """Take the news of an order, and tell whether it is the last."""
        self._given_s.pop(order.number, None)
        if event["event"] == "began":
            self._tell("began", number=order.number, node=node.has.name)
            return False
        if event["event"] == "waits":
            self._tell("say", sentence=f"node {node.has.name} waits for {event['whom']}, which measures now")
            return False
        if event["event"] == "done":
            losses = self._board.losses.get(order.number, [])
            self._board.done(order, node)
            self._supplies.pop(order.number, None)
            self._tell("done", number=order.number, values=event["values"], losses=losses)
        elif event["event"] == "lacks":
            self._supplies[order.number] = self._supplied(event["keys"])
            self._board.again(order, node)
        elif event["event"] == "unfit":
            self._refuse(order, node, event["why"])
        return True

    def _supplied(self, keys: list[str]) -> list[Any]:
        """Return what is sent along with an order of data that a node lacks: the manifests, and then all pieces."""
        for key in keys:
            if key not in self._entries:
                sent = manifest(self._cache, key)
                self._entries[key] = sent, [ray.put(piece) for piece in pieces(self._cache, sent)]
        entries = [self._entries[key] for key in keys]
        return [json.dumps([sent for sent, _ in entries]), *(piece for _, own in entries for piece in own)]

    def _lose(self, order: Order, node: Node, why: str) -> None:
        losses = self._board.lose(order, node, why)
        if losses is None:
            self._tell("lost", number=order.number)
        else:
            self._tell("given up", number=order.number, losses=losses)

    def _refuse(self, order: Order, node: Node, why: str) -> None:
        """Give nothing more to a node that cannot execute what was planned."""
        self._unfit = f"node {node.has.name} is left out: {why}"
        self._tell("say", sentence=self._unfit)
        self._board.drop(node.has.id)
        self._board.again(order, node)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if await self._look():
                return

    async def _look(self) -> bool:
        """See which nodes there are, and tell whether the run has to end because none can execute what waits."""
        self._board.announce(await asyncio.to_thread(_capacities))
        nodes = [node.has for node in self._board.nodes.values()]
        found = {"cpus": sum(has.cpus for has in nodes), "nodes": [has.name for has in nodes]}
        if found != self._told:
            self._told = found
            self._tell("up", **found)
        for given_s, name in self._given_s.values():
            if time.monotonic() - given_s > _UNBEGUN_S:
                self._tell("say", sentence=f"node {name} was given cells and has begun none for a minute")
        why = self._stalled()
        if why is None:
            self._stalled_s = None
            return False
        if self._stalled_s is None:
            self._stalled_s = time.monotonic()
            self._tell("say", sentence=why)
        # Of nodes that are lost others may come; those that were refused are there.
        if not (self._own or self._unfit) and time.monotonic() - self._stalled_s < _PATIENCE_S:
            return False
        self._tell("gone", why=why)
        return True

    def _stalled(self) -> str | None:
        if not any(node.has.cpus for node in self._board.nodes.values()):
            return self._unfit or "the cluster has no node with processors"
        order = self._board.impossible
        return None if order is None else f"no node of the cluster has what {order.cells[0]} needs: {order.wants}"


def _capacities() -> list[Capacity]:
    """Return what the nodes of the cluster have that live, under names that tell them apart."""
    found, names = [], dict[str, int]()
    for one in ray.nodes():  # type: ignore[no-untyped-call]
        if one["Alive"]:
            host, has = one["NodeManagerHostname"], one["Resources"]
            names[host] = names.get(host, 0) + 1
            name = host if names[host] == 1 else f"{host} ({names[host]})"
            sizes = [float(has.get(kind, 0.0)) for kind in ("CPU", "GPU", "memory")]
            found.append(Capacity(one["NodeID"], host, name, *sizes))
    return found


async def _connect(begin: Event) -> None:
    """Join the cluster that is named, or begin one on this machine for this process alone; raises SwapError where no
    cluster answers, for which Ray would wait for ever."""
    address = begin["address"]
    if not address:
        await asyncio.to_thread(_begin_twice, begin)
        return
    host_name, _, port = address.rpartition(":")
    try:
        socket.create_connection((host_name.strip("[]"), int(port)), _ANSWER_S).close()
        await asyncio.wait_for(asyncio.to_thread(_join, address, begin["luggage"]), _JOIN_S)
    except OSError as error:
        why = "in a minute" if isinstance(error, TimeoutError) else f"({error.strerror or error})"
        raise SwapError(
            f"no cluster answers at {address} {why}; give the address of the cluster itself, as `ray start` prints it, "
            "on a machine that is part of it (no Ray Client's, whose port is 10001), and set RAY_AUTH_MODE=token where "
            "it asks for a token"
        ) from error


def _join(address: str, luggage: str) -> None:
    ray.init(address=address, runtime_env={"working_dir": luggage}, log_to_driver=False)


def _begin_twice(begin: Event) -> None:
    try:
        _begin(begin)
    except Exception:  # Ray gives its own processes half a minute to start, which on a busy machine may not do
        ray.shutdown()
        _begin(begin)


def _begin(begin: Event) -> None:
    ray.init(
        address="local",
        num_cpus=begin["cores"],
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=_OBJECTS_BYTES,
        _temp_dir=begin["folder"],
        # Ray would put its workers behind all others, and have them killed before the kernel kills what it should.
        _system_config={"worker_niceness": 0, "memory_monitor_refresh_ms": 0, "gcs_rpc_server_reconnect_timeout_s": 10},
    )


def _in_words(error: Exception) -> str:
    """Return a line of what an exception says: of one that was raised on a node the last, for the others lead there."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or ["it says nothing"]
    if isinstance(error, SwapError):
        return str(error)
    return f"{type(error).__name__}: {lines[-1] if isinstance(error, RayTaskError) else lines[0]}".rstrip(".")


def _write(writer: asyncio.StreamWriter, message: Event) -> None:
    writer.write(json.dumps(message).encode() + b"\n")


async def _serve(descriptor: int) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=socket.socket(fileno=descriptor), limit=_LINE_BYTES)
    begin = json.loads(await reader.readline())
    try:
        await _connect(begin)
        driver = Driver(writer, Path(begin["cache"]), own=not begin["address"])
        await driver.serve(reader, json.dumps(begin["home"]))
    except Exception as error:
        traceback.print_exc()
        _write(writer, {"event": "gone", "why": _in_words(error)})
    writer.close()
    await writer.wait_closed()


def main(descriptor: int) -> None:
    """Serve the engine at the other end of a socket until it goes."""
    # Not by asyncio.run, which would wait for threads in which Ray waits for a cluster.
    try:
        asyncio.new_event_loop().run_until_complete(_serve(descriptor))
        if ray.is_initialized():
            ray.shutdown()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
