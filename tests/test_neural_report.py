"""The report on compiled networks beside native ones: what it tells of a run, claims of it, and finds lacking."""

import json
import math
import re
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from neural_runs import RECORD, Edit, Values, compiled, records, reported, written
from swapbench_models.neural.command.main import main
from swapbench_models.neural.report.difference import Difference
from swapbench_models.neural.report.pair import Pair, pairs
from swapbench_models.neural.report.reading import read
from swapbench_models.neural.report.spread import LEAST, Spread


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """Write the recorded run, changed by some edits, and return its file."""
    return partial(written, tmp_path)


def pair_of(file: Path, model: str = "simple_mlp", backend: str = "torch") -> Pair:
    (found,) = pairs(read(file), [model], [backend])
    return found


def times(factor: float, phase: str = "fit", variant: str = "compiled") -> Edit:
    """Return an edit that makes a phase of simple_mlp in torch take 100 ms to 108 ms, times a factor."""

    def edit(values: Values) -> None:
        own = records(values, model="simple_mlp", backend="torch", variant=variant, phase=phase)
        for number, sample in enumerate(sample for record in own for sample in record["samples"]):
            sample["wall_s"] = factor * (0.1 + number / 1000)

    return edit


def rows(markdown: str, model: str, title: str) -> list[list[str]]:
    """Return the rows of one of a model's tables."""
    part = markdown.partition(f"\n## {model}\n")[2].partition(f"### {title}\n")[2].partition("\n#")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]


# What the numbers are


def test_figures_are_medians_over_the_rounds_of_all_folds_with_quartiles_and_n(edited: Callable[..., Path]) -> None:
    file = edited()
    walls = [s["wall_s"] for r in compiled(json.loads(file.read_text()), "fit") for s in r["samples"]]
    markdown, found = reported(file)
    record = found[0]["neural_dsl"]
    assert len(walls) == 9
    assert record["training_time"] == record["training_time_pure"] == statistics.median(walls)
    assert record["spread"]["training_time"]["n"] == 9
    assert record["spread"]["training_time"]["quartiles"] == [
        pytest.approx(end) for end in statistics.quantiles(walls, method="inclusive")[::2]
    ]
    _, low, *_, high, _ = sorted(walls)
    assert record["spread"]["training_time"]["interval"] == [low, high]
    told = f"{1000 * statistics.median(walls):.1f} ms ({1000 * low:.1f}–{1000 * high:.1f}) n 9"
    assert rows(markdown, "simple_mlp", "Time")[2][3] == told


@pytest.mark.parametrize("n", range(1, 40))
def test_an_interval_holds_the_median_in_95_percent_of_samples_and_no_narrower_one_does(n: int) -> None:
    found = Spread.of([float(value) for value in range(n)])
    assert found is not None
    if n < LEAST:
        assert found.interval is None
        return
    assert found.interval is not None
    low, high = map(int, found.interval)
    assert high == n - 1 - low

    def missed(place: int) -> float:
        return 2.0 * sum(math.comb(n, k) for k in range(place)) / float(2**n)

    assert missed(low + 1) <= 0.05 < missed(low + 2)


def test_every_pair_has_all_fields_of_the_reference_and_null_where_nothing_was_measured(
    edited: Callable[..., Path],
) -> None:
    _, found = reported(edited())
    assert [(one["native"]["model_name"], one["native"]["backend"]) for one in found] == [
        *(("simple_mlp", "torch"), ("simple_mlp", "tensorflow")),
        *(("cnn", "torch"), ("cnn", "tensorflow")),
    ]
    for one in found:
        assert {"neural_dsl", "native", "comparison"} <= one.keys()
        for framework in ("neural_dsl", "native"):
            assert set(RECORD) <= one[framework].keys()
            assert one[framework]["framework"] == framework
        assert one["comparison"]["training_time"].keys() >= {"neural_dsl", "native", "difference", "percentage"}
        assert {"overhead", "memory", "accuracy", "loss"} <= one["comparison"].keys()
    torch, tensorflow, cnn, nothing = found
    known = {name for name, value in torch["neural_dsl"].items() if value is not None}
    assert set(RECORD) <= known
    assert {name for name in RECORD if torch["native"][name] is None} == {
        *("parse_time", "codegen_time", "total_overhead")
    }
    assert tensorflow["neural_dsl"]["total_overhead"] is None
    assert cnn["native"]["training_time"] > 0
    assert {cnn["neural_dsl"][name] for name in RECORD[3:]} == {None}
    assert {nothing[side][name] for side in ("neural_dsl", "native") for name in RECORD[3:]} == {None}
    assert 0 not in [value for one in found for side in ("neural_dsl", "native") for value in one[side].values()]


def test_the_overhead_is_parsing_and_generating_and_the_sum_has_building_too(edited: Callable[..., Path]) -> None:
    markdown, found = reported(edited())
    record = found[0]["neural_dsl"]
    assert record["total_overhead"] == record["parse_time"] + record["codegen_time"]
    table = {row[1]: row for row in rows(markdown, "simple_mlp", "Overhead") if row[0] == "torch"}
    assert [*table] == ["parse", "generate", "build", "sum"]
    assert table["sum"][3] == f"{1000 * (record['total_overhead'] + record['build_time']):.2f} ms"
    assert table["parse"][2] == table["generate"][2] == "–"


# What is claimed of them


@pytest.mark.parametrize(
    ("edits", "word"),
    [
        ([times(1.2), times(1.0, variant="")], "slower"),
        ([times(0.8), times(1.0, variant="")], "faster"),
        ([times(1.04), times(1.0, variant="")], "not distinguishable: intervals overlap"),
        ([times(0.0001), times(0.00011, variant="")], "not distinguishable: less than matters"),
    ],
)
def test_a_difference_is_shown_where_intervals_lie_apart_by_more_than_placement_makes(
    edited: Callable[..., Path], edits: list[Edit], word: str
) -> None:
    markdown, found = reported(edited(*edits), "--models", "simple_mlp", "--backends", "torch")
    assert rows(markdown, "simple_mlp", "Time")[2][-1] == word
    shown = found[0]["comparison"]["training_time"]["shown"]
    assert shown == {"slower": "more", "faster": "less"}.get(word)
    finding = re.search(r"^- Training: (.*)$", markdown, re.MULTILINE)
    assert finding is not None
    assert (f"compiled is {word} than native in simple_mlp on torch" in finding[1]) is (shown is not None)
    assert ("not distinguishable in simple_mlp on torch" in finding[1]) is (shown is None)


def test_what_is_apart_by_little_is_no_difference_however_surely() -> None:
    near, far = (Spread.of([base + step / 1e6 for step in range(20)]) for base in (1.0, 1.015))
    assert near is not None
    assert far is not None
    assert Difference("time", near, far).unshown == "within 2 %"


def _loaded(values: Values) -> None:
    for sample in compiled(values, "fit")[0]["samples"][:2]:
        sample["contaminated"] = True


def _elsewhere(values: Values) -> None:
    for record in compiled(values, "fit"):
        record["environment"]["machine"]["host"] = "elsewhere"


def _fewer(values: Values) -> None:
    for record in compiled(values, "fit"):
        del record["samples"][1:]


@pytest.mark.parametrize(
    ("edit", "why"),
    [(_loaded, "other load took part"), (_elsewhere, "their machine differ"), (_fewer, "fewer than 6 rounds")],
)
def test_nothing_is_shown_of_what_other_load_other_conditions_or_few_rounds_may_have_made(
    edited: Callable[..., Path], edit: Edit, why: str
) -> None:
    found = pair_of(edited(times(1.5), times(1.0, variant=""), edit)).time("fit")
    assert found is not None
    assert (found.shown, found.unshown) == ("", why)


def test_memory_of_the_forks_of_one_server_is_one_sample(edited: Callable[..., Path]) -> None:
    def larger(values: Values) -> None:
        for record in compiled(values, "fit"):
            for sample in record["samples"]:
                sample["peak_memory_bytes"] *= 2

    def several(values: Values) -> None:
        for number, sample in enumerate(s for record in values["records"] for s in record["samples"]):
            sample["server"] = str(number)

    one, many = (pair_of(edited(larger, *more)).memory("fit") for more in ((), (several,)))
    assert one is not None
    assert many is not None
    assert (one.shown, one.unshown) == ("", "fewer than 6 fork servers")
    assert many.shown == "more"


def _worse(metric: str, by: float, fold: int | None = None) -> Edit:
    def edit(values: Values) -> None:
        for phase in ("fit", "predict"):
            for record in compiled(values, phase):
                if fold is None or record["cell"]["fold"] == fold:
                    record["scores"][metric] += by

    return edit


@pytest.mark.parametrize(
    ("edit", "metric", "status"),
    [
        (_worse("accuracy", -0.011), "accuracy", "NOT EQUIVALENT"),
        (_worse("accuracy", 0.009), "accuracy", "passed"),
        (_worse("accuracy", -0.02, fold=1), "accuracy", "passed"),  # it is the mean over folds that counts
        (_worse("log_loss", 0.11), "log_loss", "NOT EQUIVALENT"),
        (_worse("log_loss", -0.09), "log_loss", "passed"),
    ],
)
def test_a_pair_is_equivalent_where_its_mean_differences_are_small(
    edited: Callable[..., Path], edit: Edit, metric: str, status: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = status != "passed"
    markdown, found = reported(edited(edit), status=int(wrong))
    check = {check.metric: check for check in pair_of(edited(edit)).checks}[metric]
    assert check.status == status
    assert found[0]["comparison"]["equivalent"] is not wrong
    table = [row for row in rows(markdown, "simple_mlp", "Quality") if row[0] == "torch"]
    assert table[0 if metric == "accuracy" else 2][-1].startswith(status)
    told = capsys.readouterr().err
    assert ("NOT EQUIVALENT: simple_mlp on torch" in told) is wrong
    assert check.difference is not None
    assert not wrong or f"{check.difference:+.4f}" in told


def test_further_trainings_count_as_folds_do(edited: Callable[..., Path]) -> None:
    def further(values: Values) -> None:
        for record in records(values, model="simple_mlp", backend="torch", phase="predict"):
            worse = 0.08 if record["cell"]["variant"] else 0.0
            scores = {**record["scores"], "accuracy": record["scores"]["accuracy"] - worse}
            record["trainings"] = [{"seed": 7, "scores": scores}]

    (check, _) = pair_of(edited(further)).checks
    assert len(check.differences) == 6
    assert check.difference == pytest.approx(-0.04)
    assert check.largest == pytest.approx(-0.08)


def test_a_pair_whose_interval_reaches_beyond_what_is_allowed_passes_and_the_findings_say_so(
    edited: Callable[..., Path],
) -> None:
    def wide(values: Values) -> None:
        values["agreements"][0]["evidence"]["interval"] = [-0.003, 0.012]

    markdown, found = reported(edited(wide))
    assert found[0]["comparison"]["accuracy"]["interval"] == [-0.003, 0.012]
    assert found[0]["comparison"]["equivalent"] is True
    assert "of simple_mlp on torch the intervals reach beyond what is allowed" in markdown
    assert "+0.0000 (-0.0030 to +0.0120)" in markdown


# What is lacking


def test_what_failed_or_did_not_run_is_named_and_fails_and_what_was_skipped_is_named(
    edited: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(values: Values) -> None:
        for record in compiled(values, "build"):
            record |= {"status": "failed", "reason": "ValueError: a | b\n<i>", "samples": []}
        gone = compiled(values, "predict")[1]
        values["records"].remove(gone)
        for record in compiled(values, "fit", "tensorflow"):
            record |= {"status": "skipped", "reason": "tensorflow is not installed", "samples": []}

    markdown, found = reported(edited(broken), status=1)
    told = capsys.readouterr().err
    assert "simple_mlp on torch, compiled, build: failed, ValueError: a | b <i>." in told
    assert "simple_mlp on torch, compiled, predict: did not run (fold 1)." in told
    assert "tensorflow is not installed" not in told
    lacking = markdown.partition("## Not measured")[2]
    assert "build: failed, ValueError: a \\| b \\<i\\>." in lacking
    assert "- simple_mlp on tensorflow, compiled, fit: skipped, tensorflow is not installed." in lacking
    assert "- cnn on torch, compiled, parse, generate, build, fit and predict: not part of this run" in lacking
    assert found[0]["neural_dsl"]["build_time"] is None
    assert found[0]["neural_dsl"]["spread"]["prediction_time"]["n"] == 6
    assert found[0]["native"]["spread"]["prediction_time"]["n"] == 6, "compared over the folds that both have"


def test_times_without_a_slot_are_none(edited: Callable[..., Path]) -> None:
    def unslotted(values: Values) -> None:
        for record in values["records"]:
            record["environment"]["slot"] = "none"

    _, found = reported(edited(unslotted))
    assert found[0]["neural_dsl"]["training_time"] is None
    assert found[0]["neural_dsl"]["memory_used_mb"] > 0
    assert "measured without a slot of its own" in found[0]["neural_dsl"]["missing"][0]


def test_a_backend_without_native_networks_is_told_as_such(edited: Callable[..., Path]) -> None:
    def only(values: Values) -> None:
        for one in (*values["planned"], *values["records"]):
            if one["cell"]["backend"] == "torch":
                one["cell"]["backend"] = "jax"
        for name in ("planned", "records"):
            values[name] = [one for one in values[name] if one["cell"]["variant"] or one["cell"]["backend"] != "jax"]

    markdown, found = reported(edited(only), "--backends", "jax", "--models", "simple_mlp")
    assert found[0]["neural_dsl"]["total_overhead"] > 0
    assert found[0]["comparison"]["equivalent"] is None
    assert "nobody has written simple_mlp by hand for jax" in markdown


@pytest.mark.parametrize("chosen", [["--models", "deep_mlp"], ["--backends", "jax"]])
def test_without_results_there_is_no_report(
    edited: Callable[..., Path], chosen: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = edited()
    assert main(["benchmark", "--from", str(file), "--output", str(file.parent / "out"), *chosen]) == 2
    assert capsys.readouterr().err.startswith("No benchmark results available")
    assert not (file.parent / "out").exists()
