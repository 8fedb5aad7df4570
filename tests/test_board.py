"""The board of a cluster: which order is begun next and on which node, and what becomes of one that is lost."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swapbench.run.cluster.board import PATIENCE, Board, Capacity
from swapbench.run.cluster.order import Order


def order(number: int, makes: Sequence[str] = (), together: str = "", cpus: int = 1) -> Order:
    cell = f"cell {number}"
    return Order(number, (), (cell,), cpus, 0, 0, frozenset(makes), together, "footing", {})


def board(*orders: Order, nodes: Sequence[tuple[str, int]] = (("a", 1), ("b", 1))) -> Board:
    """Return a board with orders, and nodes of so many processors."""
    made = Board()
    made.announce(Capacity(name, "host", name, cpus, 0, 0) for name, cpus in nodes)
    for one in orders:
        made.add(one)
    return made


def begun(made: Board) -> dict[int, str]:
    """Return which orders are begun now, and where."""
    return {one.number: node.has.id for one, node in made.begin()}


def end(made: Board, one: Order) -> None:
    made.done(one, next(node for node in made.nodes.values() if one.number in node.running))


def lose(made: Board, one: Order, why: str = "lost") -> list[str] | None:
    return made.lose(one, next(node for node in made.nodes.values() if one.number in node.running), why)


def test_orders_are_begun_by_their_numbers_as_far_as_there_are_processors() -> None:
    orders = [order(number) for number in range(3)]
    made = board(*orders)
    assert begun(made) == {0: "a", 1: "b"}
    assert begun(made) == {}
    end(made, orders[1])
    assert begun(made) == {2: "b"}


def test_what_somebody_waits_for_is_next() -> None:
    made = board(*map(order, range(4)), nodes=[("a", 1)])
    made.want(3)
    assert begun(made) == {3: "a"}


def test_after_the_last_that_is_wanted_only_what_is_asked_for_is_begun() -> None:
    orders = [order(number) for number in range(4)]
    made = board(*orders, nodes=[("a", 1)])
    made.end_with(0)
    assert begun(made) == {0: "a"}
    end(made, orders[0])
    assert begun(made) == {}
    made.want(2)
    assert begun(made) == {2: "a"}


def test_an_artefact_is_made_once_and_who_waits_for_it_keeps_no_processor() -> None:
    first, same, other = order(0, ["teacher"]), order(1, ["teacher", "pupil"]), order(2, ["another"])
    made = board(first, same, other)
    assert begun(made) == {0: "a", 2: "b"}
    end(made, other)
    assert begun(made) == {}
    end(made, first)
    made.add(order(3, ["teacher"]))
    assert begun(made) == {1: "a", 3: "b"}  # it is there now, and read by any number


def test_what_is_compared_shares_a_node_and_names_are_spread_evenly() -> None:
    orders = [order(number, together=f"fold {number % 2}") for number in range(6)]
    made = board(*orders, nodes=[("a", 2), ("b", 2)])
    where = begun(made)
    assert {number: where[number] for number in (0, 1, 2, 3)} == {0: "a", 1: "b", 2: "a", 3: "b"}
    end(made, orders[0])
    assert begun(made) == {4: "a"}


def test_what_is_lost_goes_elsewhere_and_the_last_time_alone() -> None:
    killer, *others = (order(number, cpus=1) for number in range(6))
    made = board(killer, *others, nodes=[("a", 2), ("b", 2)])
    assert begun(made)[0] == "a"
    assert lose(made, killer, "first") is None
    end(made, next(one for one in others if one.number in made.nodes["b"].running))
    assert begun(made)[0] == "b"
    assert lose(made, killer, "second") is None
    assert 0 not in begun(made)  # whoever it would take along has to end first
    while any(node.running for node in made.nodes.values()) or made.waiting:
        running = [one for node in made.nodes.values() for one in node.running.values()]
        alone = [node for node in made.nodes.values() if killer.number in node.running]
        assert all(len(node.running) == 1 for node in alone)
        for one in running:
            if one is killer:
                assert lose(made, one, "third") == ["first", "second", "third"]
            else:
                end(made, one)
        begun(made)


def test_what_died_where_there_is_no_other_node_is_tried_there_again() -> None:
    only = order(0)
    made = board(only, nodes=[("a", 1)])
    for _ in range(PATIENCE - 1):
        assert begun(made) == {0: "a"}
        assert lose(made, only) is None
    assert begun(made) == {0: "a"}
    assert lose(made, only) == ["lost"] * PATIENCE
    assert made.waiting == {}


def test_a_node_that_is_lost_gets_nothing_more_and_what_was_to_go_there_finds_another() -> None:
    orders = [order(number, together="fold 0") for number in range(2)]
    made = board(*orders)
    assert begun(made) == {0: "a"}
    (node,) = (one for one in made.nodes.values() if one.running)
    made.drop("a")
    made.lose(orders[0], node, "lost")
    made.announce([Capacity("a", "host", "a", 1, 0, 0)])  # the cluster has not noticed yet
    assert begun(made) == {0: "b"}
    end(made, orders[0])
    assert begun(made) == {1: "b"}


def test_what_no_node_has_room_for_is_named() -> None:
    made = board(order(0), order(1, cpus=3))
    assert made.impossible is not None
    assert (made.impossible.number, made.impossible.wants) == (1, "3 processors")
    made.announce([Capacity("c", "host", "c", 4, 0, 0)])
    assert made.impossible is None


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("xyz")), st.sampled_from(["", "p", "q"]), st.integers(1, 2)), max_size=12
    ),
    st.lists(st.sampled_from(["end", "lose", "drop", "refuse"]), max_size=60),
    st.randoms(use_true_random=False),
)
def test_every_order_ends_once_whatever_is_lost(
    wanted: list[tuple[set[str], str, int]], events: list[str], chance: object
) -> None:
    """And no node has more than it can hold, and no artefact is made twice at a time."""
    orders = [order(number, sorted(makes), together, cpus) for number, (makes, together, cpus) in enumerate(wanted)]
    made, ended, spare = board(*orders, nodes=[("0", 2), ("1", 2)]), [], 2
    made_already: set[str] = set()
    for event in [*events, *["end"] * 200]:
        begun(made)
        running = [(one, node) for node in made.nodes.values() for one in node.running.values()]
        for node in made.nodes.values():
            assert sum(one.cpus for one in node.running.values()) <= node.has.cpus
        making = [key for one, _ in running for key in one.makes - made_already]
        assert len(making) == len(set(making))
        if not running:
            continue
        one, node = chance.choice(running)  # type: ignore[attr-defined]
        if event == "end":
            made.done(one, node)
            made_already |= one.makes
            ended.append(one.number)
        elif event == "refuse":
            made.again(one, node)
        elif event == "lose":
            if made.lose(one, node, "lost"):
                made_already |= one.makes
                ended.append(one.number)
        else:
            made.drop(node.has.id)
            made.announce([Capacity(str(spare), "host", str(spare), 2, 0, 0)])
            spare += 1
            for lost in list(node.running.values()):
                if made.lose(lost, node, "lost"):
                    made_already |= lost.makes
                    ended.append(lost.number)
    assert sorted(ended) == list(range(len(orders)))
    assert made.waiting == {}


def test_a_thousand_orders_that_wait_cost_little_each_time() -> None:
    """A cluster is asked after every cell; what it costs must not grow with all that has ended."""
    made = board(*(order(number, [f"model {number}"], f"fold {number % 5}") for number in range(1000)))
    for _ in range(1000):
        begun(made)
        one = next(one for node in made.nodes.values() for one in node.running.values())
        end(made, one)
    assert made.waiting == {}
    with pytest.raises(StopIteration):
        next(made.begin())
