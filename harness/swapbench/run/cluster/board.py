"""The board: which orders wait, which node executes which, and which may be begun next, and where."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from swapbench.run.cluster.order import Order

# So many workers or nodes that died under an order are enough.
PATIENCE = 3


@dataclass(frozen=True)
class Capacity:
    """A node as the cluster announces it: its id there, the name of its machine, one that no other node has, and what
    it has; memory in bytes."""

    id: str
    host: str
    name: str
    cpus: float
    gpus: float
    memory: float

    def has_room_for(self, order: Order) -> bool:
        """Tell whether it could execute an order if it did nothing else."""
        return self.cpus >= order.cpus and self.gpus >= order.gpus and self.memory >= order.memory


@dataclass
class Node:
    """A living node and the orders that it executes, by their numbers."""

    has: Capacity
    running: dict[int, Order] = field(default_factory=dict)

    def takes(self, order: Order) -> bool:
        """Tell whether it can execute an order beside what it executes already."""
        own, has = [*self.running.values(), order], self.has
        return (
            sum(one.cpus for one in own) <= has.cpus
            and sum(one.gpus for one in own) <= has.gpus
            and sum(one.memory for one in own) <= has.memory
        )

    @property
    def idle(self) -> bool:
        """Whether a processor of it is free."""
        return sum(order.cpus for order in self.running.values()) < self.has.cpus

    @property
    def load(self) -> float:
        return sum(order.cpus for order in self.running.values()) / max(self.has.cpus, 1)


@dataclass
class Board:
    """All orders of a run that have not ended, and the nodes that live.

    Orders are begun by their numbers, those that somebody waits for first. An order waits for another that makes an
    artefact which it needs, without holding a processor, and goes where the others of its name went. One that was lost
    with its worker or node goes elsewhere if it can. One that was lost twice is executed alone on its node: what dies
    with it the third time nobody else has done.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    waiting: dict[int, Order] = field(default_factory=dict)
    losses: dict[int, list[str]] = field(default_factory=dict)
    _wanted: dict[int, None] = field(default_factory=dict)
    _last: int | None = None
    _made: set[str] = field(default_factory=set)
    _homes: dict[str, str] = field(default_factory=dict)
    _lost_on: dict[int, set[str]] = field(default_factory=dict)
    _unfit: set[str] = field(default_factory=set)

    def add(self, order: Order) -> None:
        self.waiting[order.number] = order

    def want(self, number: int) -> None:
        """Let an order be the next, for somebody waits for it."""
        self._wanted[number] = None

    def end_with(self, number: int) -> None:
        """Begin no order beyond this one, unless somebody waits for it."""
        self._last = number if self._last is None else min(self._last, number)

    def announce(self, found: Iterable[Capacity]) -> None:
        """Take note of the nodes that live. One that was seen to be lost stays so, whatever is announced: that it does
        not answer is known at once, and told by the cluster half a minute later."""
        for one in found:
            if one.id not in self.nodes and one.id not in self._unfit:
                self.nodes[one.id] = Node(one)

    def drop(self, node: str) -> None:
        """Give a node nothing more: it is lost, or differs from where the orders were planned."""
        self._unfit.add(node)
        self.nodes.pop(node, None)
        self._homes = {name: home for name, home in self._homes.items() if home != node}

    @property
    def running(self) -> int:
        return sum(len(node.running) for node in self.nodes.values())

    @property
    def impossible(self) -> Order | None:
        """The first order that no living node could execute, whatever else it did."""
        return next(
            (
                order
                for order in self.waiting.values()
                if not any(node.has.has_room_for(order) for node in self.nodes.values())
            ),
            None,
        )

    def begin(self) -> Iterator[tuple[Order, Node]]:
        """Yield the orders that may be begun now, each with its node, which from then on executes it."""
        reserved: set[str] = set()
        being_made = {key for node in self.nodes.values() for one in node.running.values() for key in one.makes}
        idle = {node.has.id for node in self.nodes.values() if node.idle}
        for order in self._in_turn():
            if not idle:
                return
            # First what can be told at once: hundreds may wait for a node of which one processor has become free.
            if self._homes.get(order.together) in self.nodes.keys() - idle and order.number not in self._lost_on:
                continue
            if not being_made.isdisjoint(order.makes - self._made):
                continue
            node = self._node_for(order, reserved)
            if node is not None:
                del self.waiting[order.number]
                node.running[order.number] = order
                being_made |= order.makes
                idle = {name for name in idle if self.nodes[name].idle}
                yield order, node

    def done(self, order: Order, node: Node) -> None:
        """Take note that an order has ended."""
        node.running.pop(order.number, None)
        self._made |= order.makes
        self._wanted.pop(order.number, None)
        self._lost_on.pop(order.number, None)
        self.losses.pop(order.number, None)

    def again(self, order: Order, node: Node) -> None:
        """Have an order executed once more, which was not even begun."""
        node.running.pop(order.number, None)
        self.waiting[order.number] = order

    def lose(self, order: Order, node: Node, why: str) -> list[str] | None:
        """Have an order executed elsewhere, that was lost with what executed it; where that has happened too often,
        return all reasons instead."""
        node.running.pop(order.number, None)
        losses = self.losses.setdefault(order.number, [])
        losses.append(why)
        if len(losses) >= PATIENCE:
            self.done(order, node)
            return losses
        self._lost_on.setdefault(order.number, set()).add(node.has.id)
        self.waiting[order.number] = order
        return None

    def _in_turn(self) -> list[Order]:
        wanted = [self.waiting[number] for number in self._wanted if number in self.waiting]
        others = (self.waiting[number] for number in sorted(self.waiting) if number not in self._wanted)
        return [*wanted, *(one for one in others if self._last is None or one.number <= self._last)]

    def _node_for(self, order: Order, reserved: set[str]) -> Node | None:
        """Return the node on which an order can be begun now; None where it has to wait for one."""
        fit = [node for node in self._candidates(order) if node.has.id not in reserved]
        if self._suspect(order):
            chosen = min(fit, key=lambda node: node.load, default=None)
            if chosen is not None:
                reserved.add(chosen.has.id)
            return chosen if chosen is not None and not chosen.running else None
        fit = [node for node in fit if node.takes(order) and not any(map(self._suspect, node.running.values()))]
        if not fit:
            return None
        if order.together not in self._homes and order.together:
            claims = self._claims()
            chosen = min(fit, key=lambda node: (claims.get(node.has.id, 0), node.load))
            self._homes[order.together] = chosen.has.id
            return chosen
        return min(fit, key=lambda node: node.load)

    def _candidates(self, order: Order) -> list[Node]:
        """Return the nodes that an order may go to: the one where the others of its name went, not where it was lost
        unless there is no other."""
        able = [node for node in self.nodes.values() if node.has.has_room_for(order)]
        lost_on = self._lost_on.get(order.number, set())
        spared = [node for node in able if node.has.id not in lost_on]
        home = self._homes.get(order.together)
        return [node for node in spared if node.has.id == home] or spared or able

    def _claims(self) -> Mapping[str, float]:
        """Return how many names have their home on each node, for each of its processors."""
        counts: dict[str, float] = {}
        for home in self._homes.values():
            counts[home] = counts.get(home, 0) + 1 / max(self.nodes[home].has.cpus, 1)
        return counts

    def _suspect(self, order: Order) -> bool:
        return len(self.losses.get(order.number, ())) >= PATIENCE - 1
