"""Tolerances: where they are declared, which of them wins, and what is refused."""

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Sandbox
from swapbench import Suite, SwapError
from swapbench.plan.cell import Row
from swapbench.plan.outline import Outline
from swapbench.plan.tolerance import Names, Rule, Tolerance, rules, tolerance_between, tolerance_of

NAMES = Names.of(("accuracy", "fit_time"), map(Row._make, product(("cnn", "mlp"), ("torch", "jax"), ("", "compiled"))))
MARK = '\npytestmark = pytest.mark.swap_tolerance(fit_time="7%", model="sign")\n'


def found(table: dict[str, Any], metric: str, *row: str, **names: str) -> Tolerance | None:
    return tolerance_of(rules(table, NAMES, "here"), metric, Row(*(row or ("cnn", "torch")))._replace(**names))


def test_the_most_specific_table_wins() -> None:
    table = {
        "fit_time": "1%",
        "torch": {"fit_time": "2%"},
        "cnn": {"fit_time": "3%", "torch": {"fit_time": "4%"}},
    }
    assert found(table, "fit_time") == Tolerance(relative=0.04)
    assert found(table, "fit_time", backend="jax") == Tolerance(relative=0.03)
    assert found(table, "fit_time", model="mlp") == Tolerance(relative=0.02)
    assert found(table, "fit_time", "mlp", "jax") == Tolerance(relative=0.01)
    assert found(table, "accuracy") is None


def test_a_variant_has_a_table_of_its_own_alone_or_within_those_of_its_row() -> None:
    table = {
        "fit_time": "1%",
        "compiled": {"fit_time": "2%"},
        "torch": {"fit_time": "3%", "compiled": {"fit_time": "4%"}},
        "cnn": {"compiled": {"fit_time": "5%"}, "torch": {"compiled": {"fit_time": "6%"}}},
    }
    assert found(table, "fit_time", "mlp", "jax", "compiled") == Tolerance(relative=0.02)
    assert found(table, "fit_time", "mlp", "torch") == Tolerance(relative=0.03)
    assert found(table, "fit_time", "mlp", "torch", "compiled") == Tolerance(relative=0.04)
    assert found(table, "fit_time", "cnn", "jax", "compiled") == Tolerance(relative=0.05)
    assert found(table, "fit_time", "cnn", "torch", "compiled") == Tolerance(relative=0.06)
    with pytest.raises(SwapError, match=r"^here, backend torch: tolerance for 'cnn', which is not measured"):
        rules({"torch": {"cnn": {"fit_time": "1%"}}}, NAMES, "here")


@given(st.permutations([None, "model", "backend", "both"]))
def test_the_order_of_declaration_decides_only_between_equals(order: list[str | None]) -> None:
    scopes = {None: {}, "model": {"model": "cnn"}, "backend": {"backend": "torch"}}
    scopes["both"] = {**scopes["model"], **scopes["backend"]}
    declared = [Rule("fit_time", Tolerance(absolute=float(len(scopes[key]))), **scopes[key]) for key in order]
    assert tolerance_of(declared, "fit_time", Row("cnn", "torch")) == Tolerance(absolute=2.0)
    again = [*declared, Rule("fit_time", Tolerance(absolute=9.0), "cnn", "torch")]
    assert tolerance_of(again, "fit_time", Row("cnn", "torch")) == Tolerance(absolute=9.0)


def test_of_an_absolute_and_a_relative_part_the_larger_counts() -> None:
    both = Tolerance.parse({"absolute": 0.5, "relative": "10%"}, "here")
    assert (both.limit(1.0), both.limit(100.0)) == (0.5, 10.0)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"speed": 1}, "tolerance for 'speed', which is not measured; known are accuracy, fit_time"),
        ({"cnn": {"mlp": {"accuracy": 1}}}, "here, model cnn: tolerance for 'mlp'"),
        ({"cnn": 0.1}, "tolerance for 'cnn'"),
        ({"accuracy": {"absolut": 1}}, "write both parts"),
        ({"accuracy": {"absolute": "5%"}}, "write both parts"),
        ({"accuracy": {}}, "write both parts"),
        ({"accuracy": "-1%"}, "'-1%' is no tolerance"),
        ({"accuracy": True}, "True is no tolerance"),
    ],
)
def test_what_cannot_be_meant_is_refused(table: dict[str, Any], told: str) -> None:
    with pytest.raises(SwapError, match="here") as refused:
        rules(table, NAMES, "here")
    assert told in str(refused.value)


PAIRS = [
    ({"fit_time": "1%"}, "1%"),
    ({"fit_time": "1%", "compiled": {"fit_time": "5%"}}, "5%"),  # a variant's own table says how far it may lie off
    ({"fit_time": "5%", "compiled": {"fit_time": "1%"}}, "1%"),
    ({"torch": {"fit_time": "2%"}, "jax": {"fit_time": "3%"}}, "3%"),
    ({"torch": {"fit_time": "2%"}}, None),
    ({"accuracy": 0.01}, None),
]


@pytest.mark.parametrize(("table", "allowed"), PAIRS)
def test_how_far_two_rows_may_differ_does_not_depend_on_their_order(table: dict[str, Any], allowed: str | None) -> None:
    declared = rules(table, NAMES, "here")
    one, other = Row("cnn", "torch"), Row("cnn", "jax", "compiled")
    found = {tolerance_between(declared, "fit_time", *pair) for pair in ((one, other), (other, one))}
    assert found == {allowed and Tolerance.parse(allowed, "here")}


def test_an_outline_carries_its_rules_through_json() -> None:
    suite = Suite(
        "mine",
        models={"lin": {"sklearn": "fake:Lin"}},
        dataset="fake:load",
        metrics=["accuracy"],
        tolerances={"accuracy": 0.01, "lin": {"fit_time": "5%"}},
    )
    outline = Outline.of(suite, [Rule("fit_time", Tolerance(relative=0.5), "lin")])
    again = Outline.from_json(outline.to_json())
    assert again == outline
    assert again.tolerance("fit_time", Row("lin", "sklearn")) == Tolerance(relative=0.5)


def planned(sandbox: Sandbox, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    """Collect, and return the rules of each suite."""
    run = sandbox.run("--collect-only", "-q", "--swap-plan=plan.json", *arguments)
    assert run.status == 0, run.output
    return {suite["name"]: suite["rules"] for suite in json.loads((sandbox.folder / "plan.json").read_text())["suites"]}


def relative(found_rules: list[dict[str, Any]], model: str) -> float | None:
    parsed = [Rule(**{**rule, "tolerance": Tolerance(**rule["tolerance"])}) for rule in found_rules]
    tolerance = tolerance_of(parsed, "fit_time", Row(model, "python"))
    return tolerance and tolerance.relative


def test_the_file_goes_before_the_marker_and_the_marker_before_the_suite(
    sandbox: Sandbox, plugin_args: tuple[str, ...]
) -> None:
    sandbox.suite("toy", tolerances={"fit_time": "5%", "sign": {"fit_time": "6%"}}, more=MARK)
    rules_found = planned(sandbox)["toy"]
    assert relative(rules_found, "major") == 0.05
    assert relative(rules_found, "sign") == 0.07
    (sandbox.folder / "tolerances.toml").write_text('[toy.sign]\nfit_time = "8%"\n')
    assert relative(planned(sandbox)["toy"], "sign") == 0.08
    run = sandbox.measure(*plugin_args, "--swap-fold=0", "--swap-phase=fit")
    assert run.status == 0, run.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[toy]\nspeed = "5%"\n', "tolerances.toml, suite toy: tolerance for 'speed', which is not measured"),
        ('[tay]\nfit_time = "5%"\n', "there is no suite 'tay' beside it; known are toy"),
        ('fit_time = "5%"\n', "'fit_time' stands alone; write it under its suite, as [suite]"),
        ("[toy\n", "it cannot be read as TOML"),
    ],
)
def test_a_file_that_names_what_is_not_there_is_refused_before_anything_is_measured(
    sandbox: Sandbox, text: str, told: str
) -> None:
    sandbox.suite("toy")
    (sandbox.folder / "tolerances.toml").write_text(text)
    run = sandbox.measure()
    assert run.status == 4, run.output
    assert told in run.output
    assert run.records == ()


def test_a_file_that_is_refused_is_refused_by_workers_too(sandbox: Sandbox) -> None:
    sandbox.suite("toy")
    (sandbox.folder / "tolerances.toml").write_text("[toy\n")
    run = sandbox.measure("-n2")
    assert run.status == 4, run.output
    assert "it cannot be read as TOML" in run.output
    assert run.records == ()


def test_a_table_of_a_suite_that_was_not_asked_for_is_left_alone(sandbox: Sandbox) -> None:
    sandbox.suite("toy")
    sandbox.suite("other")
    (sandbox.folder / "tolerances.toml").write_text('[other]\nfit_time = "5%"\n')
    assert set(planned(sandbox, "test_toy.py")) == {"toy"}


def test_a_marker_that_names_what_is_not_there_is_refused(sandbox: Sandbox) -> None:
    sandbox.suite("toy", more=MARK.replace("sign", "none"))
    run = sandbox.measure()
    assert run.status == 4
    assert "marker swap_tolerance: tolerance for 'none', which is not measured" in run.output
