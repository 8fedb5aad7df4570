"""Declaring: suites, the matrix they span, their targets and tolerances, and what collecting them costs."""

import inspect
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import DATA, Project
from swapbench import Backend, Dataset, Metric, Model, Phase, Profile, Suite, SwapError
from swapbench.plan.matrix import Selection
from swapbench.plan.table import arguments
from swapbench.plan.target import check, find, resolve, split
from swapbench.plan.tolerance import Tolerance

B = Backend("b-python", "json")
NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), min_size=1, max_size=4, unique=True)


def _suite(**changes: object) -> Suite:
    values: dict[str, object] = {
        "models": {"lin": {"python": "fake:Lin", "sklearn": "fake:Lin"}, "deep": {"torch": "fake:Deep"}},
        "datasets": {"small": "fake:small", "big": "fake:big"},
        "metrics": ["accuracy"],
    }
    return Suite("mine", **{**values, **changes})  # type: ignore[arg-type]  # keyword arguments by name


T = TypeVar("T")


def _or_refusal(call: Callable[[], T]) -> T | SwapError:
    """Return what a call returns, or the SwapError it raises."""
    try:
        return call()
    except SwapError as error:
        return error


# The matrix


def test_cells_stand_in_declared_order() -> None:
    cells = list(Selection(folds=2).cells(_suite(), "fit"))
    assert [(cell.row.name, cell.dataset, cell.fold) for cell in cells] == [
        (row, dataset, fold)
        for row in ("lin-python", "lin-sklearn", "deep-torch")
        for dataset in ("small", "big")
        for fold in (0, 1)
    ]


@given(NAMES, NAMES, st.integers(2, 5))
def test_cells_are_every_combination_once_and_always_the_same(models: list[str], data: list[str], folds: int) -> None:
    suite = Suite(
        "any",
        models={name: {"python": "fake:Lin"} for name in models},
        datasets=dict.fromkeys(data, "fake:small"),
        folds=folds,
    )
    cells = list(Selection().cells(suite, "fit"))
    assert [(cell.model, cell.dataset, cell.fold) for cell in cells] == list(product(models, data, range(folds)))
    assert cells == list(Selection().cells(suite, "fit"))


def test_a_profile_decides_how_many_folds_there_are() -> None:
    suite = _suite(profiles={"paper": Profile(folds=7, rounds=2)})
    assert [Selection(profile).folds_of(suite) for profile in ("quick", "standard", "paper")] == [3, 5, 7]
    assert Selection("paper", folds=4).folds_of(suite) == 4


def test_folds_of_a_suite_hold_for_every_profile() -> None:
    suite = _suite(folds=4)
    assert {Selection(profile).folds_of(suite) for profile in ("quick", "standard", "paper")} == {4}


def test_a_selection_wants_what_was_named_in_every_dimension() -> None:
    chosen = Selection(values={"model": ("lin",), "fold": ("0", "2"), "backend": ()})
    kept = [cell for cell in chosen.cells(_suite(), "fit") if chosen.wants(cell)]
    assert {(cell.model, cell.fold) for cell in kept} == {("lin", 0), ("lin", 2)}
    assert {cell.backend for cell in kept} == {"python", "sklearn"}


@pytest.mark.parametrize(
    ("dimension", "known"),
    [
        ("suite", "mine"),
        ("model", "deep, lin"),
        ("backend", "python, sklearn, torch"),
        ("dataset", "big, small"),
        ("fold", "0, 1, 2"),
        ("phase", "fit, predict"),
    ],
)
def test_an_unknown_value_is_refused_with_the_known_ones(dimension: str, known: str) -> None:
    with pytest.raises(SwapError) as caught:
        Selection(values={dimension: ("nope",)}).check([_suite()])
    assert str(caught.value) == f"--swap-{dimension}: there is no {dimension} 'nope'; known are {known}."


def test_a_selection_of_known_values_passes() -> None:
    everything = {"suite": ("mine",), "model": ("lin",), "fold": ("2",), "phase": ("predict",)}
    Selection(values=everything).check([_suite()])
    assert Selection(values=everything).wants(list(Selection().cells(_suite(), "predict"))[2])


def test_a_split_needs_two_folds() -> None:
    with pytest.raises(SwapError, match=r"--swap-folds 1: a split needs at least 2 folds\."):
        Selection(folds=1)


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(SwapError, match="--swap-profile: there is no profile 'huge'; known are paper, quick, standard"):
        Selection("huge")


def test_a_suite_takes_part_from_a_profile_on_and_whoever_asks_for_it_before_is_told_so() -> None:
    early, late = _suite(), Suite("late", models={"big": {"python": "fake:Big"}}, dataset="fake:small", since="paper")
    assert [Selection(profile).takes_part(late) for profile in ("quick", "standard", "paper")] == [False, False, True]
    assert Selection("standard").absence([early, late]) == "not in profile standard: late (from paper on)"
    assert Selection("standard", values={"suite": ("mine",)}).absence([early, late]) == ""
    assert Selection("paper").absence([early, late]) == ""
    for dimension, value in (("suite", "late"), ("model", "big")):
        asked = {dimension: (value,)}
        Selection("paper", values=asked).check([early, late])
        with pytest.raises(SwapError, match=f"^--swap-{dimension} {value}: .* profile paper on; add --swap-profile"):
            Selection(values=asked).check([early, late])


def test_a_suite_takes_part_where_its_cells_have_the_threads_that_it_needs_and_is_named_elsewhere() -> None:
    broad = Suite(
        "broad", models={"big": {"python": "fake:Big"}}, dataset="fake:small", threads=2, since="standard", folds=2
    )
    one, two = Selection("standard"), Selection("standard", threads=2)
    assert not one.takes_part(broad)
    assert one.absence([_suite(), broad]) == "not with --swap-threads 1: broad (from 2 on)"
    assert two.takes_part(broad)
    assert two.absence([_suite(), broad]) == ""
    assert Selection(threads=2).absence([broad]) == "not in profile quick: broad (from standard on)"
    with pytest.raises(
        SwapError, match=r"^--swap-model big: it takes part where .* 2 threads; add --swap-threads 2\.$"
    ):
        replace(one, values={"model": ("big",)}).check([_suite(), broad])


def test_a_dataset_read_from_files_takes_part_when_their_folder_is_given() -> None:
    suite = _suite(datasets={"small": "fake:small", "real": Dataset("fake:real", reads_files=True)})
    assert Selection().datasets_of(suite) == ("small",)
    assert Selection(data_dir="/data").datasets_of(suite) == ("small", "real")
    with pytest.raises(SwapError, match=r"--swap-dataset real: it is read from files; .*--swap-data DIR"):
        Selection(values={"dataset": ("real",)}).check([suite])


def _cells(suite: Suite, phase: str = "fit", profile: str = "quick") -> set[tuple[str, str, int]]:
    return {(cell.row.name, cell.dataset, cell.fold) for cell in Selection(profile).cells(suite, phase)}


@pytest.mark.parametrize(
    ("entry", "gone"),
    [
        ({"model": "lin", "dataset": "big"}, lambda row, data, fold: row.startswith("lin") and data == "big"),
        (
            {"backend": ["python", "torch"], "fold": 1},
            lambda row, data, fold: not row.endswith("sklearn") and fold == 1,
        ),
        ({"dataset": ["big", "small"], "phase": "fit"}, lambda row, data, fold: True),
        ({"model": "lin", "phase": "predict"}, lambda row, data, fold: False),
        ({"model": "lin", "profile": "paper"}, lambda row, data, fold: False),
    ],
)
def test_what_is_excluded_is_no_cell(entry: dict[str, object], gone: Callable[[str, str, int], bool]) -> None:
    assert _cells(_suite(exclude=[entry])) == {cell for cell in _cells(_suite()) if not gone(*cell)}


def test_an_exclusion_of_a_profile_or_a_phase_holds_for_it() -> None:
    suite = _suite(exclude=[{"model": "lin", "profile": "paper"}, {"model": "deep", "phase": "predict"}])
    assert {row for row, _, _ in _cells(suite, profile="paper")} == {"deep-torch"}
    assert {row for row, _, _ in _cells(suite, phase="predict")} == {"lin-python", "lin-sklearn"}


# Suites


def test_a_suite_gives_one_test_a_phase() -> None:
    suite = _suite(phases=["fit", Phase("export", part="all")])
    assert [test.__name__ for test in suite.tests()] == ["test_fit", "test_export"]


def test_ratios_are_taken_to_the_first_row_unless_another_is_named() -> None:
    assert _suite().reference == "lin-python"
    assert _suite(reference="deep-torch").reference == "deep-torch"


def test_a_profile_changes_what_it_names_in_a_spec() -> None:
    model = Model({"python": "fake:Lin"}, {"width": 8, "depth": 2}, {"paper": {"width": 64}})
    assert model.spec_for("quick") == {"width": 8, "depth": 2}
    assert model.spec_for("paper") == {"width": 64, "depth": 2}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"models": {}}, "declare at least one model"),
        ({"models": ["lin"]}, r"models=\['lin'\]: write a dictionary such as {'forest': "),
        ({"models": {"a b": {"python": "fake:Lin"}}}, "'a b' is no usable name"),
        ({"models": {"m": "sklearn.svm:SVC"}}, r"model m: 'sklearn.svm:SVC' .* such as {'sklearn': 'sklearn.svm:SVC'}"),
        ({"models": {"m": Model("fake:Lin")}}, "model m: backends='fake:Lin': write a dictionary"),  # type: ignore[arg-type]
        ({"models": {"m": {}}}, "model m: declare at least one backend"),
        ({"models": {"m": {"python": Suite}}}, "is no target; .* such as 'swapbench.plan.suite:Suite'"),
        ({"models": {"a": {"basic": "fake:Lin"}}}, r"there is no backend 'basic'; known are jax, .*backends="),
        ({"models": {"a": {"python": "fake.Lin"}}}, "'fake.Lin' is no target; write 'package.module:name'"),
        ({"models": {"a": Model({"python": "f:L"}, profiles={"tiny": {}})}}, "there is no profile 'tiny'"),
        ({"models": {"a": Model({"python": "f:L"}, {"n": {1}})}}, r"spec\['n'\]=\{1\} is a set, .*; write a list"),
        ({"models": {"a-b": {"python": "f:L"}, "a": {"b-python": "f:L"}}, "backends": {"b-python": B}}, "'a-b-python'"),
        ({"datasets": {}}, "declare at least one dataset"),
        ({"datasets": {"d": ("fake", "load")}}, "dataset d: .*'fake', 'load'.* is no target"),
        (
            {"datasets": {"d": Dataset("fake:load", options={"at": Path()})}},
            r"options\['at'\]=PosixPath.* is a PosixPath",
        ),
        ({"datasets": {"d": Dataset("fake:load", version=2)}}, "version=2: write a string"),  # type: ignore[arg-type]
        ({"dataset": "fake:small"}, "give either dataset= or datasets="),
        ({"datasets": None}, "give either dataset= or datasets="),
        ({"phases": []}, "at least one phase"),
        ({"phases": "fit"}, r"phases='fit': write a list such as \['fit', 'predict'\]"),
        ({"phases": ["fit it"]}, "phase 'fit it': 'fit it' is no name of a method"),
        ({"phases": ["parameters"]}, "phase 'parameters' has the name of what is measured anyway"),
        ({"phases": ["fit", Phase("fit")]}, "phase 'fit' is declared twice"),
        ({"metrics": ["beauty"]}, "there is no metric 'beauty'; known are accuracy, "),
        ({"metrics": "accuracy"}, r"metrics='accuracy': write a list such as \['accuracy'\]"),
        ({"metrics": [Metric("fit_time", "f:m")]}, "metric 'fit_time' has the name of what is measured anyway"),
        ({"metrics": [Metric("fit", "f:m")]}, "metric 'fit' has the name of what is measured anyway"),
        ({"metrics": ["accuracy", Metric("accuracy", "f:m")]}, "metric 'accuracy' is declared twice"),
        ({"folds": 0}, "folds=0: write a whole number, at least 1"),
        ({"folds": "3"}, "folds='3': write a whole number, at least 1"),
        ({"profiles": {"huge": Profile()}}, "there is no profile 'huge'"),
        ({"profiles": {"quick": Profile(3, 0)}}, "profile quick: rounds=0: write a whole number, at least 1"),
        ({"profiles": {"quick": (3, 3)}}, r"profiles\['quick'\]=\(3, 3\): write a Profile"),
        ({"backends": {"b": Backend("c", "json")}}, r"backends\['b'\] must be a Backend of that name"),
        ({"split": "by_time"}, "split: 'by_time' is no target"),
        ({"exclude": {"model": "lin"}}, r"exclude=.*: write a list such as \[{'model': 'knn', 'dataset': 'mnist'}\]"),
        ({"exclude": [{"model": "nil"}]}, "exclude: there is no model 'nil'; known are lin, deep"),
        ({"exclude": [{"row": "lin-python"}]}, "exclude: there is no dimension 'row'; known are model, backend, "),
        (
            {"exclude": [{"model": "lin", "backend": "torch"}]},
            "is about no row; rows are lin-python, lin-sklearn, deep",
        ),
        ({"exclude": [{}]}, "exclude: {} names no cells"),
        ({"exclude": [{"model": "lin"}, {"model": "deep"}]}, "exclude leaves no cell"),
        ({"exclude": [{"fold": "first"}]}, "exclude: fold='first': write a whole number, at least 0"),
        ({"skip": [{"model": "lin"}]}, "skip: {'model': 'lin'} gives no reason"),
        ({"xfail": [{"reason": "it may"}]}, "xfail: {'reason': 'it may'} names no cells"),
        (
            {"phases": [Phase("fit")], "models": {"m": Model({"python": "f:L"}, timeout_s=-1)}},
            "timeout_s=-1: write a pos",
        ),
        ({"timeout_s": "60"}, "timeout_s='60': write a positive number of seconds"),
        ({"tolerances": ["accuracy"]}, "tolerances=.*: write a dictionary such as "),
        ({"tolerances": {"macro_f1": 0.1}}, "tolerance for 'macro_f1', which is not measured; known are accuracy, "),
        ({"tolerances": {"accuracy": "much"}}, "'much' is no tolerance"),
        ({"since": "soon"}, "there is no profile 'soon'"),
        ({"threads": 0}, "threads=0: write a whole number, at least 1"),
        ({"reference": "lin-jax"}, "there is no reference row 'lin-jax'; rows are lin-python, "),
    ],
)
def test_what_cannot_work_is_refused_naming_the_suite(changes: dict[str, object], told: str) -> None:
    with pytest.raises(SwapError, match=told) as caught:
        _suite(**changes)
    assert str(caught.value).startswith("suite mine")


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        (Metric, {"better": "hihger"}, "metric m: there is no better 'hihger'; known are higher, lower."),
        (Metric, {"of": "proba"}, "metric m: there is no of 'proba'; known are labels, probabilities, model."),
        (Metric, {"function": "score"}, "metric m, function: 'score' is no target"),
        (Metric, {"each": len}, "metric m, each: <built-in function len> is no target"),
        (Backend, {"preload": "torch"}, "backend m: preload='torch': write a list such as ('torch',)."),
        (Backend, {"environment": {"A": "1"}}, "backend m: environment={'A': '1'}: write a list such as "),
        (Phase, {"part": "tests"}, "phase 'm': there is no part 'tests'; known are train, test, all."),
        (Phase, {"repeats": 0}, "phase 'm': repeats=0: write a whole number, at least 1."),
        (Phase, {"warmups": True}, "phase 'm': warmups=True: write a whole number, at least 0."),
        (Phase, {"timeout_s": "long"}, "phase 'm': timeout_s='long': write a positive number of seconds."),
        (Phase, {"labels": "yes"}, "phase 'm': labels='yes': write True or False."),
    ],
)
def test_a_metric_or_phase_that_cannot_work_is_refused_where_it_is_declared(
    kind: Callable[..., object], values: dict[str, object], told: str
) -> None:
    needed = {Metric: {"function": "f:m"}, Backend: {"module": "json"}}.get(kind, {})  # type: ignore[call-overload]
    with pytest.raises(SwapError) as caught:
        kind("m", **{**needed, **values})
    assert str(caught.value).startswith(told)


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([Suite, len, b"", B, Profile()]),
    lambda inner: (
        st.lists(inner) | st.tuples(inner) | st.dictionaries(st.sampled_from(["lin", "torch", "model", "quick"]), inner)
    ),
    max_leaves=4,
)
DECLARED = sorted(set(inspect.signature(Suite).parameters) - {"name"})


@pytest.mark.parametrize("name", DECLARED)
@settings(max_examples=30)
@given(ANY)
def test_nothing_that_is_declared_ends_in_another_error(name: str, value: object) -> None:
    found = _or_refusal(lambda: _suite(**{name: value}))
    assert isinstance(found, Suite) or str(found).startswith("suite mine")


@pytest.mark.parametrize("name", ["function", "better", "unit", "of", "each"])
@settings(max_examples=30)
@given(ANY)
def test_nothing_that_is_declared_of_a_metric_ends_in_another_error(name: str, value: object) -> None:
    found = _or_refusal(lambda: Metric("m", **{"function": "f:m", name: value}))  # type: ignore[arg-type]
    assert isinstance(found, Metric) or str(found).startswith("metric m")


def test_a_backend_can_be_looked_up_whatever_kind_of_lists_it_was_given() -> None:
    lists = Backend("b", "json", ["json"], [], environment=[["A", "1"]])  # type: ignore[arg-type]  # tuples are asked for
    assert {lists} == {Backend("b", "json", ("json",), (), environment=(("A", "1"),))}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(st.dictionaries(st.text(), JSON))
def test_what_a_spec_holds_arrives_as_it_was_declared_or_is_refused(spec: dict[str, object]) -> None:
    same = repr(json.loads(json.dumps(spec))) == repr(spec)
    found = _or_refusal(lambda: _suite(models={"m": Model({"python": "f:L"}, spec)}))
    assert isinstance(found, Suite) == same
    assert same or str(found).startswith("suite mine, model m: spec[")


def test_a_module_that_does_not_exist_is_told_with_its_owner() -> None:
    suite = _suite(models={"lin": {"python": "no_such_module:Lin"}}, metrics=[Metric("m", "json:dumps")])
    with pytest.raises(SwapError, match="suite mine, model lin, backend python: there is no module 'no_such_module'"):
        suite.check()


# Targets


@given(st.text(max_size=30))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    found = _or_refusal(lambda: split(text, "owner"))
    if isinstance(found, SwapError):
        assert str(found).startswith(f"owner: {text!r} is no target")
    else:
        assert text == ":".join(found)
        assert all(part.isidentifier() for path in found for part in path.split("."))


def test_a_target_may_lead_into_a_class() -> None:
    assert resolve("collections:Counter.most_common").__name__ == "most_common"


@pytest.mark.parametrize("module", ["json", "sklearn.ensemble", "swapbench.plan.suite"])
def test_modules_that_exist_are_found(module: str) -> None:
    assert find(module) is not None
    check(f"{module}:anything", "owner")


def test_modules_that_a_library_brings_only_when_imported_are_not_refused() -> None:
    if find("tensorflow") is None:
        pytest.skip("tensorflow is not installed")
    check("tensorflow.keras.applications:MobileNetV3Small", "owner")


@pytest.mark.parametrize("module", ["no_such_module", "json.nothing", "sklearn.nothing", "json.decoder.deeper"])
def test_modules_that_do_not_exist_are_not_found(module: str) -> None:
    assert find(module) is None


def test_packages_may_be_plain_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain" / "deeper").mkdir(parents=True)
    (tmp_path / "plain" / "deeper" / "model.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    find.cache_clear()
    assert find("plain.deeper.model") is not None
    assert find("plain.deeper.nothing") is None
    assert "plain" not in sys.modules


# Tolerances


@given(st.floats(0, allow_infinity=False))
def test_a_number_is_an_absolute_tolerance(number: float) -> None:
    assert Tolerance.parse(number, "owner") == Tolerance(absolute=number)
    assert Tolerance.parse(str(number), "owner") == Tolerance(absolute=number)


@given(st.floats(0, allow_infinity=False), st.sampled_from(["{}%", " {} % ", "{} %"]))
def test_a_share_is_a_relative_tolerance(number: float, written: str) -> None:
    assert Tolerance.parse(written.format(number), "owner") == Tolerance(relative=number / 100)


@given(st.floats(max_value=0, exclude_max=True) | st.sampled_from([float("nan"), float("inf"), True, False]))
def test_no_other_number_is_a_tolerance(number: float) -> None:
    with pytest.raises(SwapError, match=r"^owner: .* is no tolerance; write a number such as 0\.01.*'5%'\.$"):
        Tolerance.parse(number, "owner")


@given(st.text())
def test_any_text_is_a_tolerance_or_refused(text: str) -> None:
    found = _or_refusal(lambda: Tolerance.parse(text, "owner"))
    if isinstance(found, SwapError):
        assert str(found).startswith(f"owner: {text!r} is no tolerance")
    else:
        assert (found.absolute is None) != (found.relative is None)
        assert found.limit(2.0) >= 0


@given(st.floats(0, 1e6), st.floats(-1e6, 1e6))
def test_an_absolute_limit_is_fixed_and_a_relative_one_a_share_of_the_size(allowed: float, reference: float) -> None:
    assert Tolerance(absolute=allowed).limit(reference) == allowed
    assert Tolerance(relative=allowed).limit(reference) == abs(reference) * allowed


def test_tolerances_are_written_as_they_are_declared() -> None:
    assert Tolerance.parse(0.01, "owner").in_words(0.9, "") == "0.0100"
    assert Tolerance.parse("5%", "owner").in_words(0.9, "s") == "5%"
    both = Tolerance.parse({"absolute": 0.1, "relative": "5%"}, "owner")
    assert (both.in_words(1.0, "s"), both.in_words(10.0, "s")) == ("100 ms", "5%")


# Settings of a project


def _read(folder: Path, table: str, *given: str) -> list[str]:
    (folder / "pyproject.toml").write_text(f"[tool.swapbench]\n{table}\n")
    return arguments(folder, given)


def test_a_projects_settings_are_options_before_those_that_are_given(tmp_path: Path) -> None:
    assert arguments(tmp_path, []) == []
    table = 'profile = "standard"\nthreads = 2\nstrict = true\ncompanions = false\nreport = ["a.md", "b.html"]'
    plain = ["--swap-profile=standard", "--swap-threads=2", "--swap-strict", "--no-swap-companions"]
    reports = [f"--swap-report={tmp_path / name}" for name in ("a.md", "b.html")]
    assert _read(tmp_path, table) == [*plain, *reports]
    assert _read(tmp_path, table, "--swap-report=c.md") == plain


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("fold = 3", "there is no setting 'fold'; known are profile, folds, rounds, "),
        ('model = "cnn"', "there is no setting 'model'; known are"),
        ('rounds = "3"', "rounds = '3' is not a number."),
        ('report = "r.md"', "report = 'r.md' is not a list of paths."),
        ("strict = 1", "strict = 1 is not true or false."),
        ("= 3", "it cannot be read as TOML"),
    ],
)
def test_a_setting_that_is_not_known_or_not_of_its_kind_is_refused(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(SwapError, match=told) as caught:
        _read(tmp_path, table)
    assert str(caught.value).startswith(str(tmp_path / "pyproject.toml"))


# Collecting

_MODELS = """
from swapbench import Suite

suite = Suite(
    "wide",
    models={f"model{i}": {"python": "fake:Lin", "sklearn": "fake:Lin"} for i in range(20)},
    datasets={f"data{i}": "fake:load" for i in range(5)},
    folds=50,
    phases=["fit"],
)
(test_fit,) = suite.tests()
"""

_BARE = """
from itertools import product
import pytest

ROWS = list(product([f"model{i}" for i in range(20)], ["python", "sklearn"], [f"data{i}" for i in range(5)], range(50)))

IDS = ["{}-{}-{}-fold{}".format(*row) for row in ROWS]

@pytest.mark.parametrize(("model", "backend", "dataset", "fold"), ROWS, ids=IDS)
def test_fit(model, backend, dataset, fold):
    pass
"""

_WATCH_IMPORTS = """
import sys
from pathlib import Path

def pytest_unconfigure():
    numeric = {"numpy", "scipy", "sklearn", "torch", "tensorflow", "jax", "pandas"}
    Path("imported").write_text(" ".join(sorted(numeric & sys.modules.keys())))
"""


@pytest.fixture
def wide(tmp_path: Path) -> Project:
    """A project with a suite of 10,000 cells, and the same ids without one."""
    return Project(tmp_path).write(fake=DATA, test_wide=_MODELS, test_bare=_BARE, conftest=_WATCH_IMPORTS)


def _ids(project: Project, file: str, **extra: str) -> list[str]:
    done = project.pytest("--collect-only", "-q", file, **extra)
    assert done.returncode == 0, done.stdout
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


def test_names_are_readable_and_the_same_in_every_run(wide: Project) -> None:
    ids = _ids(wide, "test_wide.py", PYTHONHASHSEED="1")
    assert len(set(ids)) == 10_000
    assert ids[0] == "test_fit[model0-python-data0-fold0]"
    assert ids == _ids(wide, "test_wide.py", PYTHONHASHSEED="2") == _ids(wide, "test_bare.py")


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["plain", "workers"])
def test_a_run_says_which_suites_its_profile_leaves_out(tmp_path: Path, workers: tuple[str, ...]) -> None:
    late = _MODELS.replace("folds=50", 'since="standard"')
    done = Project(tmp_path).write(fake=DATA, test_late=late).pytest("--benchmark-only", *workers, "test_late.py")
    assert done.stdout.count("not in profile quick: wide (from standard on)") == 1
    assert done.returncode == 5  # nothing ran


def test_collecting_imports_no_numeric_library(wide: Project) -> None:
    assert len(_ids(wide, "test_wide.py")) == 10_000
    assert (wide.folder / "imported").read_text() == ""


def _cpu_seconds(command: list[str], project: Project) -> float:
    """Return the processor time of a command, in seconds."""
    silence = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, silence, 1)]
    try:
        pid = os.posix_spawn(command[0], command, project.environment, file_actions=actions)
    finally:
        os.close(silence)
    _, status, used = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return used.ru_utime + used.ru_stime


def test_collecting_ten_thousand_cells_costs_at_most_twice_what_bare_pytest_needs(
    wide: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wide.folder / "conftest.py").unlink()
    monkeypatch.chdir(wide.folder)
    commands = {
        "suite": wide.command("--collect-only", "-qq", "test_wide.py"),
        "bare": wide.command("--collect-only", "-qq", "-p", "no:swapbench", "test_bare.py"),
    }
    costs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(3):
        for name, command in commands.items():
            costs[name].append(_cpu_seconds(command, wide))
    suite, bare = min(costs["suite"]), min(costs["bare"])
    assert suite <= 2 * bare, f"{suite:.2f} s is {suite / bare:.2f} times the {bare:.2f} s of bare pytest"
