"""Variants: ways of executing the same model on a backend that must predict the same; and files from before them."""

import csv
import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from helpers import record
from sandbox import FAKE, LIGHT, Sandbox
from swapbench import Metric, Model, Suite, SwapError
from swapbench.commands.main import main
from swapbench.judge.agreement import agreements
from swapbench.judge.judgement import judge
from swapbench.plan.cell import Cell, Row
from swapbench.plan.outline import Outline
from swapbench.record import document
from swapbench.record.journal import Journal
from swapbench.record.record import VERSION, Record
from swapbench.record.run import Run
from swapbench.show.summary import summarize

BEFORE = Path(__file__).parent / "data" / "version1"
MODELS = {
    "major": {"python": "fake:Majority"},
    "sign": Model({"python": "fake:Sign"}, variants={"swift": {"python": "fake:Sign"}, "odd": {"python": "fake:Odd"}}),
}
ODD = """
class Odd(Sign):
    def predict(self, X):
        return 1 - super().predict(X)
"""


@pytest.fixture
def toys(sandbox: Sandbox) -> Sandbox:
    sandbox.write(fake=FAKE + ODD)
    tolerances = {"accuracy": 0.01, "odd": {"fit_time": "50%"}}
    sandbox.suite("toy", models=MODELS, metrics=["accuracy"], tolerances=tolerances)
    return sandbox


def test_variants_are_rows_and_the_plain_one_keeps_its_name(toys: Sandbox, spread: tuple[str, ...]) -> None:
    report = ["--swap-report=run.json", "--swap-report=run.csv", "--benchmark-json=stock.json"]
    run = toys.measure(*spread, *report)
    ids = [test.partition("[")[2].rstrip("]") for test in run.planned if test.startswith("test_toy.py::test_fit")]
    assert ids == [
        f"{row}-data-fold{fold}"
        for row in ("major-python", "sign-python", "sign-python-swift", "sign-python-odd")
        for fold in range(2)
    ]
    assert "model  backend  variant" in run.out
    assert "DISAGREES in accuracy between python" in run.out
    assert run.status == 1  # the odd one does not predict the same
    assert "16 cells: 16 ok, but 2 agreements broken" in run.out
    told = json.loads((toys.folder / "run.json").read_text())
    sides = [(one["sides"], one["kind"]) for one in told["agreements"]]
    assert sides == [
        (["python", "python-swift"], "equivalent"),
        (["python", "python-odd"], "different"),
        (["python-swift", "python-odd"], "different"),
    ]
    variants = {line["variant"] for line in csv.DictReader((toys.folder / "run.csv").read_text().splitlines())}
    assert variants == {"", "swift", "odd"}
    (entry, *_) = [one for one in run.entries("stock.json") if "sign-python-swift" in one["name"]]
    assert entry["params"]["variant"] == entry["extra_info"]["cell"]["variant"] == "swift"


def test_variants_are_selected_by_name_and_the_plain_one_by_none(toys: Sandbox) -> None:
    swift = toys.measure("--swap-variant=swift")
    assert {cell.row for cell in swift.planned.values()} == {Row("sign", "python", "swift")}
    plain = toys.measure("--swap-variant=")
    assert {cell.row.name for cell in plain.planned.values()} == {"major-python", "sign-python"}
    assert "variant" not in plain.out.partition("run ")[0].partition("swapbench ===")[2].splitlines()[2]
    unknown = toys.measure("--swap-variant=quick")
    assert "--swap-variant: there is no variant 'quick'; known are '' (the plain one), odd, swift." in unknown.output
    assert unknown.status == pytest.ExitCode.USAGE_ERROR


def test_what_is_compared_differs_in_exactly_one_coordinate() -> None:
    outline = Outline.of(
        Suite(
            "mine",
            models={
                "net": Model(
                    {"torch": "fake:A", "jax": "fake:B"}, variants={"compiled": {"torch": "fake:C", "jax": "fake:D"}}
                )
            },
            dataset="fake:load",
            metrics=["accuracy"],
            tolerances={"accuracy": 0.01},
        )
    )
    assert [row.name for row in outline.rows] == ["net-torch", "net-torch-compiled", "net-jax", "net-jax-compiled"]
    records = [_scored(row) for row in outline.rows]
    assert [one.sides for one in agreements(records, outline)] == [
        ("torch", "torch-compiled"),
        ("torch", "jax"),
        ("torch-compiled", "jax-compiled"),
        ("jax", "jax-compiled"),
    ]


@pytest.mark.parametrize(
    ("tolerances", "models"),
    [
        ({}, "net, tree"),
        ({"fit_time": "5%"}, "net, tree"),
        ({"net": {"accuracy": 0.01}}, "tree"),
        ({"accuracy": 0.01}, None),
    ],
)
def test_variants_that_nothing_compares_are_named_with_what_to_declare(
    tolerances: dict[str, Any], models: str | None
) -> None:
    suite = Suite(
        "mine",
        models={
            "net": Model({"torch": "fake:A"}, variants={"compiled": {"torch": "fake:B"}}),
            "tree": Model({"sklearn": "fake:C"}, variants={"swift": {"sklearn": "fake:D"}}),
            "plain": {"torch": "fake:E", "sklearn": "fake:F"},
        },
        dataset="fake:load",
        metrics=["accuracy"],
        tolerances=tolerances,
    )
    records = tuple(map(_scored, suite.rows()))
    notes = summarize(Run("run", (Outline.of(suite),), {}, records)).notes
    told = (
        f"mine: nothing here checks whether the variants of {models} predict the same; that takes a tolerance for a "
        "score in the suite, such as tolerances={'accuracy': 0.01}."
    )
    assert notes == (() if models is None else (told,))
    assert summarize(Run("run", (Outline.of(suite),), {}, records[:1])).notes == ()


def _scored(row: Row) -> Record:
    made: Record = record(model=row.model, backend=row.backend, fold=0, phase="predict", scores={"accuracy": 0.9})
    return Record(**{**vars(made), "cell": Cell.of("mine", row, "data", 0, "predict", "quick")})


@pytest.mark.parametrize(
    ("variants", "words"),
    [
        ({"no name": {"python": "fake:Sign"}}, "model sign: variant 'no name' is no usable name"),
        ({"swift": {}}, None),
        ({"swift": {"fortran": "fake:Sign"}}, "model sign: there is no backend 'fortran'"),
        ({"swift": {"python": "fake"}}, "model sign, variant swift, backend python: 'fake' is no target"),
        ({"swift": "fake:Sign"}, r"model sign: variants\['swift'\]='fake:Sign': write a dictionary"),
        ({"python": {"python": "fake:Sign"}}, None),
    ],
)
def test_a_variant_that_cannot_be_is_refused_when_it_is_declared(variants: dict[str, Any], words: str | None) -> None:
    def declare() -> Suite:
        models = {"sign": Model({"python": "fake:Sign"}, variants=variants)}
        return Suite("toy", models=models, dataset="fake:load", **LIGHT)

    if words is None:
        assert declare().rows()[0] == Row("sign", "python")
    else:
        with pytest.raises(SwapError, match=words):
            declare()


def test_a_variant_need_not_have_a_plain_one_beside_it() -> None:
    model = Model({"python": "fake:Sign"}, variants={"compiled": {"jax": "fake:Sign"}})
    suite = Suite("toy", models={"sign": model}, dataset="fake:load", metrics=[Metric("accuracy", "fake:accuracy")])
    assert [row.name for row in suite.rows()] == ["sign-python", "sign-jax-compiled"]


def test_two_rows_of_one_name_are_refused() -> None:
    models = {
        "a": Model({"python": "fake:A"}, variants={"b": {"python": "fake:B"}}),
        "a-python": Model({"b": "fake:C"}),
    }
    with pytest.raises(SwapError, match="there is no backend 'b'"):
        Suite("toy", models=models, dataset="fake:load")


def test_a_baseline_of_before_there_were_variants_is_read_and_judged() -> None:
    before = document.read(BEFORE / "baseline.json")
    assert json.loads((BEFORE / "baseline.json").read_text())["records"][0]["version"] == 1
    assert {record.version for record in before.records} == {VERSION}
    assert {cell.row for cell in before.planned.values()} == {Row("tree", "sklearn"), Row("linear", "sklearn")}
    assert {verdict.kind for verdict in judge(before, before)} == {"equivalent"}


def test_a_journal_of_before_is_read_shown_and_found_by_its_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(BEFORE / "journal.sqlite", tmp_path)
    with closing(Journal(tmp_path)) as journal:
        run = journal.run(str(journal.last_run()))
        assert {record.status for record in run.records} == {"ok"}
        assert len(run.records) == len(run.planned) == 8
        first = run.records[0]
        assert journal.finished(run.name, first.cell, first.key) == first
        journal.write(run.name, first)
        assert len(journal.records(run.name)) == 8  # in its old place
    assert main(["report", "--store", str(tmp_path)]) == 0
    assert "8 cells: 8 ok" in capsys.readouterr().out
