"""The page on the network language says of layers, optimizers, schedules, losses and metrics what the language has."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from swapbench_models.neural.language.printer import show_value
from swapbench_models.neural.meaning.converters import SPELLED
from swapbench_models.neural.meaning.kinds.kinds import KINDS
from swapbench_models.neural.meaning.metrics import COMPUTED, NOT_COMPUTED
from swapbench_models.neural.meaning.signature import REQUIRED, Signature
from swapbench_models.neural.meaning.training import LOSS_SPELLED, LOSSES, OPTIMIZERS, SCHEDULES
from swapbench_models.neural.network.pointwise import ACTIVATIONS

PAGE = (Path(__file__).parent.parent / "docs" / "network-language.md").read_text()


def table(head: str) -> dict[tuple[str, ...], str]:
    """Return the second column of the table of this head by the names in the first."""
    (rows,) = re.findall(rf"^\| {head} \| .*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    cells = (row.strip("| ").split("|") for row in rows.splitlines())
    return {tuple(names(first)): " ".join(rest).strip() for first, *rest in cells}


def names(cell: str) -> Iterator[str]:
    """Yield the names in a cell; `Pool1D` to `3D` is three."""
    for name, last in re.findall(r"`(\w+)`(?: to `(\d)D`)?", cell):
        for axes in range(1, int(last) + 1) if last else ():
            yield name.replace("1D", f"{axes}D")
        if not last:
            yield name


def arguments(signature: Signature, defaults: bool = True) -> str:
    """Return the parameters of a signature as the page has them."""
    told = []
    for each in signature.parameters:
        default = "" if each.default is REQUIRED or not defaults else f"={show_value(each.default)}"
        told.append(f"{each.name}{default}" + (f" ({', '.join(each.aliases)})" if each.aliases else ""))
    return ", ".join(told)


def by_name(told: dict[tuple[str, ...], str]) -> list[tuple[str, str]]:
    return sorted((name, said) for several, said in told.items() for name in several)


@pytest.mark.parametrize(
    ("head", "signatures", "defaults"),
    [
        ("layer", [kind.signature for kind in KINDS.values()], False),
        ("optimizer", OPTIMIZERS.values(), True),
        ("schedule", SCHEDULES.values(), True),
    ],
)
def test_the_page_has_every_name_with_its_arguments(head: str, signatures: Iterable[Signature], defaults: bool) -> None:
    assert by_name(table(head)) == sorted((each.name, arguments(each, defaults)) for each in signatures)


def test_the_page_has_every_loss_in_every_spelling() -> None:
    spelled = {**{name: name for name in LOSSES}, **LOSS_SPELLED}
    assert by_name(table("loss")) == sorted((name, arguments(LOSSES[loss])) for name, loss in spelled.items())
    assert all({spelled[name] for name in several} == {several[0]} for several in table("loss"))


def test_the_page_has_every_metric_beside_those_that_are_the_same() -> None:
    told = table("metric")
    assert sorted(name for several in told for name in several) == sorted((*COMPUTED, *NOT_COMPUTED))
    assert {name for several, how in told.items() if how.startswith("not computed") for name in several} == {
        *NOT_COMPUTED
    }
    for measure in set(COMPUTED.values()):
        same = {name for name, other in COMPUTED.items() if other == measure}
        assert any(same <= {*several} for several in told), measure


def test_the_page_has_every_activation() -> None:
    (told,) = re.findall(r"Activations: ([^.]+)\.", PAGE)
    found = dict(re.findall(r"(\w+)(?: \((\w+)\))?", told))
    assert [*found] == [*ACTIVATIONS]
    assert {spelled: name for name, spelled in found.items() if spelled} == SPELLED
