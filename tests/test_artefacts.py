"""Artefacts: models that stand on other models are given these, made once, and told where they cannot be had."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import FAKE, LIGHT, Sandbox
from swapbench import Model, Suite, SwapError
from swapbench.plan.cell import Row

CHAIN = '''
import json
import os
import time
from pathlib import Path

LOG = Path(__file__).with_name("log")

def tell(**told):
    with LOG.open("a") as file:
        print(json.dumps({**told, "pid": os.getpid()}), file=file)

class Teacher(Majority):
    """Says when it is fitted and kept."""

    def __init__(self, name="teacher", wait=0.0, teacher=None):
        self.name, self.wait = name, wait
        self.below = None if teacher is None else json.loads((teacher / "model").read_text())

    def fit(self, X, y):
        time.sleep(self.wait)
        super().fit(X, y)
        tell(fit=self.name)

    def save_fitted(self, path):
        path.write_text(json.dumps({"label": int(self.label), "name": self.name, "below": self.below}))

    def load_fitted(self, path):
        self.label = json.loads(path.read_text())["label"]

class Student(Majority):
    """Predicts what its teacher's file says."""

    def __init__(self, teacher, pupil="student"):
        assert teacher.is_dir()
        self.taught = json.loads((teacher / "model").read_text())
        self.pupil = pupil

    def fit(self, X, y):
        tell(fit=self.pupil, taught=self.taught["name"], below=self.taught["below"])
        self.label = self.taught["label"]

class Failing(Teacher):
    def fit(self, X, y):
        tell(fit="failing")
        raise RuntimeError("it diverged")

class Scribbler(Student):
    """Writes into the folder that it was handed."""

    def __init__(self, teacher):
        super().__init__(teacher)
        self.folder = teacher

    def fit(self, X, y):
        (self.folder / "cached").write_text("mine")
        (self.folder / "model").chmod(0o644)
        (self.folder / "model").write_text("{}")
        super().fit(X, y)

class Empty(Teacher):
    def save_fitted(self, path):
        pass

the_one = Majority()

class Forgetful(Majority):
    """Cannot be kept."""
'''
TEACHER = Model({"python": "fake:Teacher"})
STUDENT = Model({"python": "fake:Student"}, needs={"teacher": "teacher"})


@pytest.fixture
def school(sandbox: Sandbox) -> Iterator[Sandbox]:
    sandbox.write(fake=FAKE + CHAIN)
    yield sandbox
    (sandbox.folder / "log").unlink(missing_ok=True)


def told(sandbox: Sandbox, fit: str) -> list[dict[str, Any]]:
    log = sandbox.folder / "log"
    lines = map(json.loads, log.read_text().splitlines()) if log.exists() else ()
    return [line for line in lines if line["fit"] == fit]


def suite(sandbox: Sandbox, **models: Model) -> None:
    sandbox.suite("school", models=models or {"student": STUDENT, "teacher": TEACHER}, folds=2)


def test_a_student_is_handed_the_folder_of_its_teacher_fitted_on_the_same_fold(school: Sandbox) -> None:
    suite(school)
    run = school.measure()
    assert run.status == 0, run.output
    rows = list(dict.fromkeys(cell.model for cell in run.planned.values()))
    assert rows == ["teacher", "student"]  # planned in order, whatever the order of their declaration
    assert {line["taught"] for line in told(school, "student")} == {"teacher"}
    # Its own rounds left behind what its predict and its students start from.
    measured = [record for record in run.records if (record.cell.model, record.cell.phase) == ("teacher", "fit")]
    rounds = [sample for record in measured for sample in (*record.samples, *record.discarded)]
    assert len(told(school, "teacher")) == sum(sample["models"] for sample in rounds)


def test_what_is_needed_is_made_on_demand_and_once_where_it_is_not_measured(
    school: Sandbox, spread: tuple[str, ...]
) -> None:
    suite(school, teacher=Model({"python": "fake:Teacher"}, {"wait": 0.3}), student=STUDENT)
    run = school.measure(*spread, "--swap-model=student")
    assert run.status == 0, run.output
    assert {cell.model for cell in run.planned.values()} == {"student"}
    assert len(told(school, "teacher")) == 2  # one a fold, under two workers too
    again = school.measure("--swap-model=student")
    assert again.status == 0, again.output
    assert len(told(school, "teacher")) == 2  # never built twice


def test_who_writes_into_what_it_was_handed_spoils_no_other_cell(school: Sandbox) -> None:
    scribbler = Model({"python": "fake:Scribbler"}, needs={"teacher": "teacher"})
    suite(school, scribbler=scribbler, student=STUDENT, teacher=TEACHER)
    run = school.measure("--swap-model=scribbler", "--swap-model=student", "--swap-phase=fit")
    ended = {(record.cell.model, record.status) for record in run.records}
    assert {status for model, status in ended if model == "student"} == {"ok"}
    again = school.measure("--swap-model=student", "--swap-phase=predict")
    assert again.status == 0, again.output


def test_a_model_that_is_no_factory_cannot_be_handed_another(school: Sandbox) -> None:
    suite(school, teacher=TEACHER, student=Model({"python": "fake:the_one"}, needs={"teacher": "teacher"}))
    run = school.measure("--swap-model=student", "--swap-fold=0", "--swap-phase=fit")
    (record,) = run.records
    assert record.reason == "fake:the_one is a model, and no factory that could be handed teacher"


@pytest.mark.parametrize("width", [1, 2])
def test_long_ways_of_needs_are_declared_and_settled_in_no_time(width: int) -> None:
    models = {
        f"m{depth}_{place}": Model(
            {"python": "f:M"}, needs={f"n{one}": f"m{depth - 1}_{one}" for one in range(width)} if depth else {}
        )
        for depth in range(60)
        for place in range(width)
    }
    made = Suite("deep", models=dict(reversed(models.items())), dataset="fake:load", **LIGHT)
    assert len(made.rows()) == 60 * width
    assert made.rows()[0].model.startswith("m0_")


def test_a_chain_of_needs_is_made_from_its_beginning(school: Sandbox) -> None:
    middle = Model({"python": "fake:Teacher"}, {"name": "middle"}, needs={"teacher": "teacher"})
    pupil = Model({"python": "fake:Student"}, needs={"teacher": "middle"})
    suite(school, pupil=pupil, middle=middle, teacher=TEACHER)
    run = school.measure("--swap-model=pupil", "--swap-fold=0", "--swap-phase=predict")
    assert run.status == 0, run.output
    assert [line["fit"] for line in map(json.loads, (school.folder / "log").read_text().splitlines())][:2] == [
        "teacher",
        "middle",
    ]
    assert told(school, "student")[0]["below"]["name"] == "teacher"


def test_after_a_resumption_nothing_that_is_needed_is_made_again(school: Sandbox) -> None:
    suite(
        school,
        teacher=TEACHER,
        student=Model({"python": "fake:Student"}, {"pupil": "student"}, needs={"teacher": "teacher"}),
    )
    first = school.measure("--swap-model=student", "-k", "fold0")
    assert first.status == 0, first.output
    assert len(told(school, "teacher")) == 1
    resumed = school.run("--benchmark-only", "--swap-rounds=1", "--swap-model=student", "--swap-resume")
    assert resumed.status == 0, resumed.output
    assert "resumed: 2 cells taken from its journal, 2 measured" in resumed.output
    assert len(told(school, "teacher")) == 2


def test_a_damaged_artefact_is_made_anew_and_never_read(school: Sandbox) -> None:
    suite(school)
    school.measure("--swap-model=student")
    made = len(told(school, "teacher"))
    kept = [path for path in (school.store / "cache").glob("fitted-*/model") if "teacher" in path.read_text()]
    assert len(kept) == 2
    kept[0].write_text(kept[0].read_text().replace('"label": ', '"label": 1'))
    again = school.measure("--swap-model=student")
    assert again.status == 0, again.output
    assert len(told(school, "teacher")) == made + 1


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("fake:Failing", "which failed: RuntimeError: it diverged"),
        ("fake:Forgetful", "which failed: it cannot be kept: it has no save_fitted(path) and load_fitted(path)"),
        ("fake:Empty", "which failed: save_fitted of Empty has written nothing to the path that it was given"),
        ("fake:Missing", None),
    ],
)
def test_a_need_that_failed_blocks_what_stands_on_it_by_name(
    school: Sandbox, target: str, why: str | None, spread: tuple[str, ...]
) -> None:
    suite(school, teacher=Model({"python": target}), student=STUDENT, sign=Model({"python": "fake:Sign"}))
    run = school.measure(*spread)
    if why is None:
        assert run.status == pytest.ExitCode.USAGE_ERROR  # what is not there at all is told before anything is measured
        return
    assert run.status == 1
    blocked = [record for record in run.records if record.cell.model == "student"]
    assert len(blocked) == 4
    assert {(record.status, record.reason) for record in blocked} == {
        ("blocked", f"it needs teacher-python on data, fold {fold}, {why}") for fold in (0, 1)
    }
    assert {record.status for record in run.records if record.cell.model == "sign"} == {"ok"}
    assert all("it diverged" in record.output for record in blocked if target == "fake:Failing")
    assert "4 blocked" in run.out
    assert "2 cells blocked" in run.out or "it needs teacher-python on data, fold 0" in run.out
    if target == "fake:Failing" and not spread:
        # Once as a cell, once on behalf of its own predict and of its students, and then no more.
        assert len(told(school, "failing")) <= 2 * 2


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ({"a": Model({"python": "f:A"}, needs={"b": "b"})}, "model a: it needs 'b', which is no model of this suite"),
        (
            {"a": Model({"python": "f:A"}, needs={"b": "b"}), "b": Model({"python": "f:B"}, needs={"a": "a"})},
            "models cannot need each other in a circle: a needs b needs a",
        ),
        ({"a": Model({"python": "f:A"}, needs={"a": "a"})}, "in a circle: a needs a"),
        (
            {"a": Model({"sklearn": "f:A"}, needs={"b": "b"}), "b": Model({"python": "f:B"})},
            "model a: it needs b, which has no backend sklearn",
        ),
        (
            {"a": Model({"python": "f:A"}, {"b": 1}, needs={"b": "a"})},
            r"needs\['b'\] is no name of an argument that is",
        ),
        (
            {"a": Model({"python": "f:A"}, profiles={"quick": {"b": 1}}, needs={"b": "c"}), "c": {"python": "f:C"}},
            r"needs\['b'\] is no name of an argument",
        ),
        (
            {"a": Model({"python": "f:A"}, needs={"seed": "c"}), "c": {"python": "f:C"}},
            r"needs\['seed'\] is no name of an argument",
        ),
        ({"a": Model({"python": "f:A"}, needs={"b c": "a"})}, r"needs\['b c'\] is no name of an argument"),
        ({"a": Model({"python": "f:A"}, needs=["b"])}, r"needs=\['b'\]: write a dictionary"),  # type: ignore[arg-type]
    ],
)
def test_needs_that_cannot_be_are_refused_when_they_are_declared(models: dict[str, Any], words: str) -> None:
    with pytest.raises(SwapError, match=words):
        Suite("school", models=models, dataset="fake:load", **LIGHT)


def test_of_several_variants_the_plain_one_is_needed() -> None:
    teacher = Model({"python": "f:T"}, variants={"swift": {"python": "f:S", "sklearn": "f:U"}})
    student = Model(
        {"python": "f:P", "sklearn": "f:Q"}, variants={"swift": {"sklearn": "f:R"}}, needs={"teacher": "teacher"}
    )
    with pytest.raises(SwapError, match="model student: it needs teacher, which has no backend sklearn"):
        Suite("school", models={"teacher": teacher, "student": student}, dataset="fake:load", **LIGHT)
    given = Model(
        {"python": "f:P"}, variants={"swift": {"sklearn": "f:R", "python": "f:V"}}, needs={"teacher": "teacher"}
    )
    made = Suite("school", models={"student": given, "teacher": teacher}, dataset="fake:load", **LIGHT)
    assert made.needs_of(Row("student", "python", "swift")) == {"teacher": Row("teacher", "python")}
    assert made.needs_of(Row("student", "sklearn", "swift")) == {"teacher": Row("teacher", "sklearn", "swift")}


def test_the_key_of_what_stands_on_another_changes_with_it(sandbox: Sandbox) -> None:
    """A student of a teacher that was changed is another student, and is measured again."""
    sandbox.write(fake=FAKE + CHAIN)
    keys: list[dict[str, str]] = []
    for wait in (0.0, 0.001):
        suite(sandbox, teacher=Model({"python": "fake:Teacher"}, {"wait": wait}), student=STUDENT)
        run = sandbox.measure("--swap-fold=0", "--swap-phase=fit")
        keys.append({record.cell.model: record.key for record in run.records})
    assert keys[0]["student"] != keys[1]["student"]
    assert Path(sandbox.folder / "log").exists()
