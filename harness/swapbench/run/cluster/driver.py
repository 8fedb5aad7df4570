"""The driver: the process that speaks with Ray, for the engine that has started it and with which it exchanges JSON.

It ends when its engine does, and takes a cluster of its own with it.
"""

import asyncio
import json
import os
import socket
import sys
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from swapbench.run.cluster.board import Board, Capacity, Node
from swapbench.run.cluster.node import execute
from swapbench.run.cluster.order import Order

_LINE_BYTES = 2**28
_LOOK_S = 5.0
# What Ray keeps objects in: of a cluster of our own there are none to speak of.
_OBJECTS_BYTES = 80 * 2**20

Event = dict[str, Any]


class Driver:
    """Has the orders of one run executed."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._board = Board()
        self._footings: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Obey the engine until it goes."""
        begin = json.loads(await reader.readline())
        try:
            await asyncio.to_thread(_connect, begin)
        except Exception as error:
            self._tell("gone", why=_in_words(error))
            return
        self._home = ray.put(json.dumps(begin["home"]))
        self._execute = ray.remote(max_retries=0)(execute)
        self._look()
        looking = asyncio.create_task(self._keep_looking())
        try:
            while line := await reader.readline():
                self._obey(json.loads(line))
        finally:
            looking.cancel()

    def _tell(self, event: str, **more: Any) -> None:
        self._writer.write(json.dumps({"event": event, **more}).encode() + b"\n")

    def _obey(self, message: Event) -> None:
        if message["event"] == "footing":
            self._footings[message["digest"]] = ray.put(message["text"])
        elif message["event"] == "order":
            self._board.add(Order.from_dict(message["order"]))
        elif message["event"] == "wanted":
            self._board.want(message["number"])
        elif message["event"] == "enough":
            self._board.end_with(message["number"])
        self._fill()

    def _fill(self) -> None:
        for order, node in self._board.begin():
            task = asyncio.create_task(self._run(order, node))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, order: Order, node: Node) -> None:
        strategy = NodeAffinitySchedulingStrategy(node.has.id, soft=False)
        wants: Event = {"num_cpus": order.cpus, "num_gpus": order.gpus, "scheduling_strategy": strategy}
        task = self._execute.options(**wants, memory=order.memory or None)
        stream = task.remote(self._home, self._footings[order.footing], json.dumps(order.as_dict()))
        async for reference in stream:
            event = json.loads(await reference)
            if event["event"] == "began":
                self._tell("began", number=order.number, node=node.has.name)
            if event["event"] == "done":
                self._board.done(order, node)
                self._tell("done", number=order.number, values=event["values"], losses=[])
            if event["event"] == "unfit":
                self._tell("gone", why=event["why"])
        self._fill()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            self._look()

    def _look(self) -> None:
        """See which nodes there are, and tell the engine how many orders can wait here for them."""
        self._board.announce(_capacities())
        cpus = sum(node.has.cpus for node in self._board.nodes.values())
        self._tell("up", cpus=cpus, nodes=[node.has.name for node in self._board.nodes.values()])
        self._fill()


def _capacities() -> list[Capacity]:
    """Return what the nodes of the cluster have that live, under names that tell them apart."""
    found, names = [], dict[str, int]()
    for one in ray.nodes():
        if not one["Alive"]:
            continue
        name = one["NodeManagerHostname"]
        names[name] = names.get(name, 0) + 1
        has = one["Resources"]
        found.append(
            Capacity(
                one["NodeID"],
                name if names[name] == 1 else f"{name} ({names[name]})",
                has.get("CPU", 0.0),
                has.get("GPU", 0.0),
                has.get("memory", 0.0),
            )
        )
    return found


def _connect(begin: Event) -> None:
    """Join the cluster that is named, or begin one on this machine for this process alone."""
    if begin["address"]:
        ray.init(address=begin["address"], log_to_driver=False)
        return
    ray.init(
        address="local",
        num_cpus=begin["cores"],
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=_OBJECTS_BYTES,
        _temp_dir=begin["folder"],
        # Ray would put its workers behind all others, and have them killed before the kernel kills what it should.
        _system_config={"worker_niceness": 0, "memory_monitor_refresh_ms": 0},
    )


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}".rstrip(": .")


async def _serve(descriptor: int) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=socket.socket(fileno=descriptor), limit=_LINE_BYTES)
    try:
        await Driver(writer).serve(reader)
        await writer.drain()
    finally:
        writer.close()


def main(descriptor: int) -> None:
    asyncio.run(_serve(descriptor))
    ray.shutdown()
    os._exit(0)  # whatever threads of Ray's are left


if __name__ == "__main__":
    main(int(sys.argv[1]))
