"""`python -m swapbench_models.can` as its user runs it: the plan, kills, bad input, comparisons, nothing lost."""

import io
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from can_fakes import SCENARIOS, Bus, Fake, Maker, bus, trained
from swapbench_models.can.catalogue import DATASETS, LOG_FORMS, MODELS
from swapbench_models.can.command.main import main
from swapbench_models.can.error import CanError, FormatError
from swapbench_models.can.frames.forms import AUTO, FORMS
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.runs.configuration import Configuration
from swapbench_models.can.runs.folder import Folder
from swapbench_models.can.runs.generated import Generated
from swapbench_models.can.runs.plan import plan
from swapbench_models.can.runs.read import Read
from swapbench_models.can.runs.states import Asked
from swapbench_models.can.sizes import BACKENDS, SIZES
from swapbench_models.threads import VARIABLES
from swapbench_models.training.error import OutOfMemoryError
from swapbench_models.training.memory import Attempt

Ran = tuple[int, str, str]
SCENARIO = "test_01_known_vehicle_known_attack"
FILES = {"teacher": "best_teacher_model_{}", "student": "final_student_model_{}", "fusion": "fusion_agent_{}"}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder in which the command is run, and what it says of threads, are forgotten."""
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.setenv(name, "1")


def ran(*given: object, make: Any = None, recordings: Any = None) -> Ran:
    """Return the status of the command, and what it said on stdout and stderr."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            status = main([str(each) for each in given], make or Maker(), recordings or Bus())
        except SystemExit as ended:  # of argparse
            status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


def train(model: str, *more: object, dataset: str = "hcrl_ch", **instead: Any) -> Ran:
    return ran("train", "--dataset", dataset, "--model", model, *more, **instead)


def model(name: str, dataset: str = "hcrl_ch") -> Path:
    return Path("saved_models") / f"{FILES[name].format(dataset)}.pth"


def learnt(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*.pth")}


def states(*more: object) -> list[dict[str, Any]]:
    status, out, err = ran("list-available", "--json", *more)
    assert (status, err) == (0, "")
    return list(json.loads(out))


def test_all_eighteen_are_listed_on_a_fresh_tree_and_as_they_are_trained() -> None:
    fresh = states()
    assert [(each["dataset"], each["model"]) for each in fresh] == [(d, m) for m in FILES for d in DATASETS]
    assert [each["status"] for each in fresh] == ["ready"] * 6 + ["blocked"] * 12
    assert fresh[12]["waits_for"] == [model("teacher").name, model("student").name]
    assert not Path("saved_models").exists()
    assert train("teacher")[0] == 0
    assert [each["status"] for each in states()[::6]] == ["trained", "ready", "blocked"]
    assert train("student")[0] == 0
    shown = ran("train", "--list-available")[1]
    assert shown.splitlines()[2].split()[:3] == ["hcrl_ch", "teacher", "trained"]
    assert shown.splitlines()[-1].startswith("2 trained, 6 ready, 10 blocked.")
    assert [each["status"] for each in states("--models", "elsewhere")] == ["ready"] * 6 + ["blocked"] * 12


def test_the_whole_plan_is_trained_in_order_and_then_left_as_it_is() -> None:
    make, recordings = Maker(), Bus()
    status, out, _ = ran("train", "--all", "--json", make=make, recordings=recordings)
    found = json.loads(out)
    assert (status, {each["status"] for each in found}) == (0, {"completed"})
    assert make.fits == ["teacher"] * 6 + ["student"] * 6 + ["fusion_dqn"] * 6
    assert {file.name for file in Path("saved_models").iterdir() if file.suffix} == {
        f"{name.format(dataset)}.{end}" for name in FILES.values() for dataset in DATASETS for end in ("pth", "json")
    }
    assert make.asked[-1]["on"] == {name: model(name, "set_04") for name in ("teacher", "student")}
    for each in found:
        assert json.loads(Path(each["file"]).with_suffix(".json").read_text())["scores"] == each["result"]["scores"]
        assert set(each["result"]["scores"]) == set(SCENARIOS)
        scored = each["result"]["scores"][SCENARIOS[0]]
        assert (scored["windows"], scored["positives"], scored["attacks"]) == (16, 4, 2)
    assert not any(Path("saved_models").glob("checkpoints/*"))
    again = Maker()
    status, out, _ = ran("train", "--all", make=again)
    assert (status, again.fits, out.count(": skipped, for it is trained, F1 test_01 ")) == (0, [], 18)
    status, *_ = train("student", "--force-retrain", make=again)
    assert (status, again.fits) == (0, ["student"])


def test_data_sets_of_the_plan_that_are_not_there_are_told_and_the_others_trained() -> None:
    status, out, err = ran("train", "--all", "--model", "teacher", recordings=Bus(("hcrl_sa",)))
    assert (status, out.count("completed"), err.count(": failed: There is no data set ")) == (1, 1, 5)


def test_a_dry_run_tells_all_that_would_be_done_and_reads_nothing() -> None:
    def refused(*given: Any, **more: Any) -> Any:
        raise AssertionError("a dry run makes and reads nothing")

    status, out, err = ran("train", "--all", "--dry-run", make=refused)
    lines = out.splitlines()
    assert (status, err, len(lines)) == (0, "", 18)
    assert lines[0] == f"hcrl_ch teacher: would be trained into {model('teacher')}"
    assert lines[12].endswith(f"{model('fusion')}, after {model('teacher').name} and {model('student').name}")
    assert train("student", "--dry-run")[1] == (
        f"hcrl_ch student: is blocked: it waits for {model('teacher').name}; train it first\n"
    )
    assert train("teacher", "--dry-run", "--data", "nowhere", dataset="own")[:2] == (
        0,
        f"own teacher: would be trained into {model('teacher', 'own')}\n",
    )
    assert not any(Path().iterdir())
    train("teacher")
    told = json.loads(ran("train", "--all", "--dry-run", "--json", "-d", "hcrl_ch")[1])
    assert [each["status"] for each in told] == ["dry_run"] * 3
    assert "is trained, and would be left as it is" in told[0]["would"]
    assert told[0]["seconds"] > 0
    told = json.loads(ran("train", "--all", "--dry-run", "--json", "-d", "hcrl_ch", "--seed", 1)[1])
    assert told[0]["would"] == "is trained with seed 0 and not 1, and would be refused without --force-retrain"


@pytest.mark.parametrize("name", ["student", "fusion"])
def test_what_waits_for_others_fails_before_anything_is_read_and_names_the_files(name: str) -> None:
    recordings = Bus()
    status, out, err = train(name, recordings=recordings)
    first = list(FILES)[: list(FILES).index(name)]
    waits = " and ".join(model(need).name for need in first)
    told = f"it waits for {waits} in saved_models; train its {' and '.join(first)} first.\n"
    assert (status, out, recordings.read) == (1, "", [])
    assert err == f"hcrl_ch {name}: is blocked: {told}"
    assert not Path("saved_models").exists()


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--seed", 1), "configuration (seed 0 and not 1)"),
        (("--profile", "standard"), "configuration (profile quick and not standard)"),
        (("--architecture", "kdgat"), "configuration (architecture dqnfusion and not kdgat)"),
    ],
)
def test_a_model_of_another_configuration_is_not_taken_for_the_one_that_is_asked_for(
    more: tuple[object, ...], what: str
) -> None:
    train("teacher")
    before = learnt(Path("saved_models"))
    told = f"{model('teacher')}: was trained with other {what}; give --force-retrain to train it anew, or another"
    told += " folder.\n"
    assert train("teacher", *more) == (1, "", f"hcrl_ch teacher: failed: {told}")
    assert train("student", *more) == (1, "", f"hcrl_ch student: failed: {told}")
    assert learnt(Path("saved_models")) == before
    assert train("teacher", "--force-retrain", *more)[0] == 0
    assert train("student", *more)[0] == 0


def test_other_recordings_code_fusion_or_teacher_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FILES:
        assert train(name)[0] == 0
    assert "was trained with other recordings;" in train("teacher", recordings=Bus(seed=1))[2]
    assert "(row fusion_dqn and not fusion_bandit)" in train("fusion", "--fusion", "bandit")[2]
    assert train("teacher", "--force-retrain", "--seed", 1)[0] == 0
    assert (
        "best_teacher_model_hcrl_ch.pth: was trained with other configuration (seed 1 and not 0)" in train("fusion")[2]
    )
    assert (
        "final_student_model_hcrl_ch.pth: was trained with other configuration and teacher" not in train("teacher")[2]
    )
    assert (
        train("student", "--seed", 1)[2].count("was trained with other configuration and teacher (seed 0 and not 1)")
        == 1
    )
    monkeypatch.setattr("swapbench_models.can.runs.standing.code", lambda: "other")
    assert "was trained with other code;" in train("teacher", "--seed", 1)[2]


def test_what_is_damaged_is_told_and_no_other_stands_on_it() -> None:
    train("teacher")
    with model("teacher").open("a") as file:
        file.write(" ")
    assert states()[0]["note"] == "best_teacher_model_hcrl_ch.pth is damaged"
    assert train("student")[2].endswith(f"{model('teacher')}: is damaged; train hcrl_ch teacher again.\n")
    make = Maker()
    status, _, err = train("teacher", make=make)
    assert (status, err, make.fits) == (0, f"{model('teacher')}: is damaged; it is trained anew.\n", ["teacher"])
    record = model("teacher").with_suffix(".json")
    record.write_text(record.read_text().replace('"seed": 0', '"seed": 1'))
    assert states()[0]["note"] == f"{record}: is damaged, or was edited."
    for name in ("teacher", "student"):
        assert train(name)[::2] == (1, f"hcrl_ch {name}: failed: {record}: is damaged, or was edited.\n")
    record.unlink()
    assert (
        "lacks best_teacher_model_hcrl_ch.json, which says what it was trained on; give --force" in train("teacher")[2]
    )
    assert train("teacher", "--force-retrain")[0] == 0
    assert train("student")[0] == 0


def test_a_training_that_is_killed_at_any_moment_and_gone_on_with_comes_to_the_same_bytes(tmp_path: Path) -> None:
    of = Asked(Folder(tmp_path / "killed"), Configuration())
    fits = [of.fit(each) for each in plan(["hcrl_ch"])]
    draws, killed, forking = np.random.default_rng(0), 0, multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["can_fakes"])
    first = forking.Process(target=time.time)  # the server has imported them when it ends
    first.start()
    first.join()
    for _ in range(10):
        process = forking.Process(target=trained, args=(fits, 0.01))
        process.start()
        time.sleep(float(draws.uniform(0.01, 0.2)))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        killed += process.exitcode == -signal.SIGKILL
    assert killed
    whole = ("train", "--all", "-d", "hcrl_ch", "--models")
    assert ran(*whole, "killed")[0] == ran(*whole, "whole")[0] == 0
    assert learnt(Path("killed")) == learnt(Path("whole"))
    assert len(learnt(Path("whole"))) == 3


def test_an_interrupted_training_is_gone_on_with_by_the_same_command_and_by_no_other() -> None:
    status, out, err = train("teacher", make=Maker({"teacher": KeyboardInterrupt()}))
    assert (status, out, err) == (130, "", "Interrupted. The same command goes on where it was.\n")
    assert states()[0]["note"] == "was interrupted"
    assert (
        "a training was interrupted that began with other configuration (seed 0 and not 1); give"
        in train("teacher", "--seed", 1)[2]
    )
    assert train("teacher")[0] == 0
    assert json.loads(model("teacher").with_suffix(".json").read_text())["resumed"] is True


def test_what_is_to_be_trained_anew_stays_until_it_is_and_the_same_run_goes_on_where_it_was() -> None:
    whole = ("train", "--all", "-d", "hcrl_ch", "-d", "hcrl_sa")
    assert ran(*whole, "--seed", 1)[0] == 0
    files = {file.name: file.read_bytes() for file in Path("saved_models").iterdir() if file.suffix}
    anew = (*whole, "--force-retrain")
    make = Maker({"student": KeyboardInterrupt()})
    assert ran(*anew, make=make)[0] == 130
    assert make.fits == ["teacher", "teacher", "student"]
    kept = {file.name: file.read_bytes() for file in Path("saved_models").iterdir() if file.suffix}
    assert {name for name in files if kept[name] != files[name]} == {
        model("teacher", dataset).with_suffix(end).name
        for dataset in ("hcrl_ch", "hcrl_sa")
        for end in (".pth", ".json")
    }
    again = Maker()
    status, _, err = ran(*anew, make=again)
    assert (status, again.fits) == (0, ["student"] * 2 + ["fusion_dqn"] * 2)
    assert err == "saved_models: what was to be trained anew was interrupted, and is gone on with.\n"
    assert json.loads(model("student").with_suffix(".json").read_text())["resumed"] is True
    once_more = Maker()
    assert ran(*anew, make=once_more)[::2] == (0, "")
    assert len(once_more.fits) == 6
    assert ran(*whole, "--models", "other")[0] == 0
    assert learnt(Path("saved_models")) == learnt(Path("other"))


def test_a_training_anew_that_was_interrupted_is_gone_on_with_without_the_flag_too() -> None:
    train("teacher")
    assert train("teacher", "--force-retrain", make=Maker({"teacher": KeyboardInterrupt()}))[0] == 130
    make = Maker()
    assert "completed" in train("teacher", make=make)[1]
    assert make.fits == ["teacher"]
    assert train("teacher", "--force-retrain", "--seed", 1, make=Maker({"teacher": KeyboardInterrupt()}))[0] == 130
    assert "skipped" in train("teacher")[1]  # the one that is there is the one that is asked for
    assert "completed" in train("teacher", "--seed", 1)[1]


def test_what_fails_to_be_trained_anew_leaves_what_is_there_and_is_no_reason_to_leave_others() -> None:
    for name in ("teacher", "student"):
        train(name)
    before = learnt(Path("saved_models"))
    again = ("train", "-d", "hcrl_ch", "-m", "teacher", "-m", "student", "--force-retrain")
    assert ran(*again, make=Maker({"student": CanError("It is spoilt.")}))[0] == 1
    assert learnt(Path("saved_models")) == before
    make = Maker()
    assert ran(*again, make=make)[0] == 0
    assert make.fits == ["teacher", "student"]


def test_a_model_of_another_data_set_is_not_taken_for_the_one_that_is_asked_for() -> None:
    train("teacher")
    for end in (".pth", ".json"):
        shutil.copy(model("teacher").with_suffix(end), model("teacher", "set_01").with_suffix(end))
    status, _, err = train("teacher", dataset="set_01")
    told = "is hcrl_ch teacher by best_teacher_model_set_01.json, and not set_01 teacher; give --force-retrain"
    assert (status, told in err) == (1, True)
    assert told in train("student", dataset="set_01")[2]
    assert told in next(each["note"] for each in states() if each["dataset"] == "set_01")


def test_files_are_named_so_that_no_two_models_have_one_and_none_leads_elsewhere() -> None:
    folder, sets = Folder(Path("models")), ("x", "ids_x", "alone_x", "agent_x", "teacher_model_x")
    files = {folder.model(row, dataset) for row in [*MODELS, *FILES] for dataset in sets}
    assert len(files) == len({*MODELS, *FILES}) * len(sets)
    assert folder.model("fusion", "hcrl_ch").name == "fusion_agent_hcrl_ch.pth"
    for name in ("", ".", "..", "/../../../evil", "a/b", ".hidden", "a\n"):
        for ask in (folder.model, folder.record, folder.failure, folder.checkpoints):
            with pytest.raises(CanError, match="is no name of a data set"):
                ask("teacher", name)
        with pytest.raises(CanError, match="is no name of a data set"), folder.held(name):
            pass


def test_one_that_fails_or_crashes_is_told_and_kept_and_the_others_go_on() -> None:
    attempts = [Attempt(2, 8, "MemoryError"), Attempt(1, 16, "MemoryError")]
    make = Maker({"student": OutOfMemoryError(attempts)})
    status, out, err = ran("train", "--all", "--json", "-d", "hcrl_ch", "-d", "set_01", make=make)
    assert [each["status"] for each in json.loads(out)] == ["completed"] * 2 + ["failed"] * 4
    assert status == 1
    assert "There is too little memory to train (2 at a time" in err
    assert "hcrl_ch fusion: is blocked: it waits for final_student_model_hcrl_ch.pth in saved_models; train" in err
    kept = json.loads(model("student").with_suffix(".failed.json").read_text())
    assert [each["batch_size"] for each in kept["attempts"]] == [2, 1]
    assert states()[6]["note"].startswith("failed when it was last tried: There is too little memory")
    status, _, err = train("student", make=Maker({"student": ZeroDivisionError("of nothing")}))
    assert (status, err) == (1, "hcrl_ch student: crashed: ZeroDivisionError: of nothing\n")
    assert train("student")[0] == 0
    assert [file.name for file in Path("saved_models").rglob("*.failed.json")] == [
        "final_student_model_set_01.failed.json"
    ]


def test_a_library_that_is_lacking_is_named_with_what_brings_it() -> None:
    make = Maker({"teacher": ModuleNotFoundError("No module named 'torch'", name="torch")})
    told = 'torch is not installed; pip install "swapbench[can]" brings it.'
    assert train("teacher", make=make) == (2, "", f"{told}\n")
    status, out, _ = ran("evaluate", "-d", "hcrl_ch", "--rows", "rule,teacher", "--seeds", 1, make=make)
    assert (status, f"hcrl_ch teacher, seed 0: failed: {told}" in out) == (1, True)


def nothing() -> Sequence[Frames]:
    raise FormatError("kia.csv", 7, "holds no frame")


BAD: list[tuple[tuple[object, ...], int, str]] = [
    (("train", "-d", "hcrl_cg", "-m", "teacher"), 2, "There is no data set 'hcrl_cg'; did you mean hcrl_ch"),
    (("train", "-d", "a/b", "-m", "teacher", "--data", "."), 2, "--dataset 'a/b': is no name of a folder under ."),
    (("evaluate", "-d", "set_05"), 2, "There is no data set 'set_05'; did you mean set_0"),
    (("evaluate", "-d", "set_01", "--rows", "ruler"), 2, "There is no row 'ruler'; known are all_flagged, rule"),
    (("evaluate", "-d", "set_01", "--rows", ","), 2, "--rows names none; known are "),
    (("generate", "-d", "set_05", "--out", "x"), 2, "There is no data set 'set_05'; did you mean set_0"),
    (
        ("train", "-d", "hcrl_ch", "-m", "teacher", "--models", "a_file"),
        1,
        "a_file: cannot be made (File exists); give",
    ),
    (
        ("train", "-d", "hcrl_ch", "-m", "teacher", "--models", "a_file/b"),
        1,
        "a_file/b: cannot be made (Not a directory)",
    ),
    (("guided", "--models", "a_file/b", "-d", "own"), 2, "There is no data set 'own'"),
    (("graphs", "nowhere.log"), 2, "nowhere.log: cannot be read (No such file or directory)"),
    (("graphs", "a_file"), 2, "a_file: is empty; give a file with frames."),
]


@pytest.mark.parametrize(("given", "status", "sentence"), BAD, ids=[" ".join(map(str, each[0])) for each in BAD])
def test_what_cannot_be_done_is_told_in_one_line(given: tuple[object, ...], status: int, sentence: str) -> None:
    Path("a_file").touch()
    found, out, err = ran(*given)
    assert (found, out) == (status, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_usage_is_shown_where_something_is_lacking_or_not_known() -> None:
    for lacking in (("train",), ("train", "-d", "hcrl_ch"), ("train", "-m", "teacher")):
        status, out, err = ran(*lacking)
        assert (status, out[:6], err) == (1, "usage:", "")
    for unknown in (
        ("train", "-m", "professor"),
        ("train", "--profile", "huge"),
        ("train", "--fusion", "cold"),
        ("fly",),
    ):
        status, out, err = ran(*unknown)
        assert (status, out, "invalid choice" in err) == (2, "", True)


@pytest.mark.parametrize(
    ("part", "recordings", "sentence"),
    [
        ("training", nothing, "kia.csv, line 7: holds no frame"),
        ("training", lambda: [bus(900)], "All windows are of one class."),
        ("training", lambda: [bus(900, [(1, 2)], labelled=False)], "do not say which frames were injected"),
        ("training", list, "hcrl_ch: has no window to learn from: its recordings are too short"),
    ],
)
def test_recordings_of_which_nothing_can_be_learnt_fail_in_a_sentence(
    part: str, recordings: Any, sentence: str
) -> None:
    status, out, err = train("teacher", recordings=Bus(instead={part: recordings}))
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert sentence in err


def test_a_scenario_that_cannot_be_judged_is_told_and_costs_no_model() -> None:
    instead = {SCENARIOS[0]: nothing, SCENARIOS[1]: lambda: [bus(50)]}
    status, out, _ = train("teacher", recordings=Bus(instead=instead))
    assert status == 0
    assert "F1 test_01 not known (test_01_known: kia.csv, line 7: holds no frame), test_02 not known (" in out
    assert "test_02_unknown: has no window: its recordings are too short" in out
    make = Maker()
    status, out, _ = train("teacher", make=make)  # once it can be read
    assert (status, make.fits, "skipped, for it is trained, F1 test_01 100.0 %" in out) == (0, [], True)
    only = Bus(instead={SCENARIOS[1]: lambda: [bus(500)]})
    assert "test_02 undefined" in train("teacher", "--models", "other", recordings=only)[1]


def test_a_folder_is_of_one_process_at_a_time() -> None:
    said: list[Ran] = []

    def make(name: str, **asked: Any) -> Any:
        said.append(train("teacher"))
        return Maker()(name, **asked)

    assert train("teacher", make=make)[0] == 0
    assert said[0] == (
        1,
        "",
        "hcrl_ch teacher: failed: saved_models: another process is at work there; wait for its end.\n",
    )


def test_logs_become_graphs_and_what_is_damaged_is_told_or_counted() -> None:
    lines = [f"({1 + place / 1000:.6f}) can0 {0x100 + place % 7:03X}#0102" for place in range(250)]
    Path("whole.log").write_text("\n".join(lines))
    Path("damaged.log").write_text("\n".join([*lines[:99], "(1.0) can0 zz#01", *lines[99:]]))
    status, out, err = ran("graphs", "whole.log", "damaged.log", "--stride", 50, "--json")
    assert (status, err.startswith("damaged.log, line 100: "), err.count("\n")) == (1, True, 1)
    found = json.loads(out)
    assert found.pop("ms_per_window") > 0
    assert found == {
        "log": "whole.log",
        "frames": 250,
        "identifiers": 7,
        "skipped": 0,
        "windows": 4,
        "nodes": 7.0,
        "edges": 7.0,
    }
    status, out, err = ran("graphs", "damaged.log", "--counting", "--each")
    first, *_, summary = map(json.loads, out.splitlines())
    assert (status, summary["skipped"], summary["windows"]) == (0, 1, 2)
    assert first == {"window": 0, "time_s": 1.0, "nodes": 7, "edges": 7, "attack": None}
    assert err.startswith("damaged.log, line 100: ")
    sentence = "whole.log: 250 frames of 7 identifiers: too few for a window of 300, and so no graph.\n"
    assert ran("graphs", "whole.log", "--window", 300)[:2] == (0, sentence)
    assert "2 graphs, 7.0 nodes and 7.0 edges on average" in ran("graphs", "whole.log")[1]


def test_sets_are_generated_as_they_are_read() -> None:
    status, out, err = ran("generate", "-d", "hcrl_sa", "--out", "sets", "--seed", 3)
    assert (status, out, err) == (0, f"{Path('sets/hcrl-sa')}\n", "")
    said: list[str] = []
    read, drawn = Read(Path("sets"), said.append).dataset("hcrl_sa"), Generated("quick", 3).dataset("hcrl_sa")
    assert [*read.scenarios] == [*drawn.scenarios]
    ours, theirs = ([each.training, *each.scenarios.values()] for each in (read, drawn))
    for one, other in zip(ours, theirs, strict=True):
        assert (one.windows.labels == other.windows.labels).all()
    assert said == []
    kept = next(Path("sets/hcrl-sa").glob("train_02*/DoS*"))
    digests = read.training.digest, read.scenarios[SCENARIO].digest
    with kept.open("a") as file:
        file.write("1,zz,00,0\n")
    shutil.copy(kept, Path("sets/hcrl-sa") / SCENARIO / "masquerade.csv")
    shutil.copy(kept, Path("sets/hcrl-sa") / SCENARIO / "again.csv")
    again = Read(Path("sets"), said.append).dataset("hcrl_sa")
    assert digests[0] != again.training.digest
    assert len(again.scenarios[SCENARIO].windows) > len(read.scenarios[SCENARIO].windows)
    assert said[0] == f"hcrl_sa: {SCENARIO}/masquerade are left out, as in published results."
    for name in (f"{kept.parent.name}/{kept.stem}", f"{SCENARIO}/again"):
        assert any(each.startswith(f"{name}: 1 damaged lines are left out; the first: ") for each in said)
    assert f"{SCENARIO}/again: is learned from too, for it has the frames of {kept.parent.name}/{kept.stem}." in said


def guided(*answers: str, make: Any = None, monkeypatch: pytest.MonkeyPatch) -> Ran:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
    return ran("guided", make=make)


def test_guided_goes_through_all_eighteen_and_does_what_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker({"student": CanError("It is spoilt.")})
    answers = ["d", "what?", "t", *["s"] * 5, "TRAIN", "y", "n", "q"]
    status, out, err = guided(*answers, make=make, monkeypatch=monkeypatch)
    assert (status, err) == (1, "")
    assert out.splitlines()[20].startswith("0 trained, 6 ready, 12 blocked. How long the others take is known when")
    assert [f"{place:3}. {each}" in out for place, each in enumerate(plan(DATASETS), 1)] == [True] * 18
    assert f"Would be trained into {model('teacher')}." in out
    assert "Please answer t, s, q, d." in out
    assert "Try again" not in guided(*["s"] * 7, "t", "q", monkeypatch=monkeypatch)[1]
    assert out.count("hcrl_ch student: failed: It is spoilt.") == 2
    assert make.fits == ["teacher", "student", "student"]
    assert out.endswith("1 of 18 trained, 1 failed: hcrl_ch student. The same command goes on from there.\n")
    status, out, _ = guided(monkeypatch=monkeypatch)
    assert (status, out.splitlines()[-4:-2]) == (
        0,
        ["Nobody answers any more, so it ends here.", ""],
    ) or "17 of 18" in out
    assert "17 of 18 trainings are left" in out
    assert "Nobody answers any more, so it ends here." in out


def rows_of(text: str) -> list[str]:
    """Return of which models the lines of tables are."""
    return [line.split()[0] for line in text.splitlines() if "  " in line and line.split()[0] in MODELS]


def test_rows_are_compared_over_seeds_and_those_that_draw_nothing_are_trained_once() -> None:
    make, given = Maker(), ("evaluate", "-d", "hcrl_ch", "--seeds", 2)
    status, out, _ = ran(*given, "--rows", "fusion_bandit,rule", "--json", make=make)
    assert status == 0
    assert make.fits == ["rule", "teacher", "teacher", "student", "student", "fusion_bandit", "fusion_bandit"]
    (found,) = json.loads(out)
    assert [(each["model"], each["scenario"], each["seeds"]) for each in found["results"]] == [
        (row, scenario, seeds) for scenario in SCENARIOS for row, seeds in (("rule", [0]), ("fusion_bandit", [0, 1]))
    ]
    assert {"mean", "low", "high", "values"} == set(found["results"][0]["f1"])
    *led, beside_rule = found["sentences"]
    assert [sentence.split(":")[0] for sentence in led] == [*SCENARIOS]
    assert beside_rule.startswith("Never below the rule on all 2 scenarios, by mean F1: fusion_bandit")
    assert found["never_below_rule"] == ["fusion_bandit"]
    assert found["published"] == {}
    again = Maker()
    status, out, _ = ran(*given, make=again)
    assert (status, set(again.fits)) == (0, {*MODELS} - {"rule", "teacher", "student", "fusion_bandit"})
    assert rows_of(out) == [*MODELS]
    assert max(map(len, out.splitlines()[:25])) <= 120
    assert "(AUC) in %" in out
    assert "the same F1, " in out
    status, out, _ = ran(*given, "--details", "--rows", "rule,between")
    assert rows_of(out) == ["rule", "between"] * 3
    assert out.index("(AUC) in %") < out.index("\nmodel ") < out.index("All are means over")
    status, out, _ = ran(*given, "--markdown", "--rows", "rule")
    assert "| F1 (AUC) in % | test_01 | test_02 |" in out


def test_a_row_that_fails_is_told_in_the_table_and_below_it_and_tried_again() -> None:
    make, given = Maker({"student": CanError("It is spoilt.")}), ("evaluate", "-d", "hcrl_ch", "--seeds", 2, "--rows")
    status, out, _ = ran(*given, "student,teacher,fusion_dqn", make=make)
    assert status == 1
    assert "hcrl_ch student, seed 1: failed: It is spoilt." in out
    assert "hcrl_ch fusion_dqn, seed 0: is blocked: it waits for final_student_model_hcrl_ch.pth" in out
    cells = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
    assert (cells["student"], cells["fusion_dqn"]) == (["failed"] * 2, ["blocked"] * 2)
    instead = Bus(instead={SCENARIOS[1]: nothing})
    status, out, _ = ran(*given, "teacher", "--out", "other", recordings=instead)
    assert status == 1
    assert (
        "hcrl_ch teacher, seed 1, test_02_unknown: not judged: test_02_unknown: kia.csv, line 7: holds no frame" in out
    )
    assert ran(*given, "student,teacher,fusion_dqn")[0] == 0


def test_what_is_made_otherwise_is_kept_beside_the_first_and_trained_anew() -> None:
    given = ("evaluate", "-d", "hcrl_ch", "--rows", "rule", "--seeds", 1)
    for more in ((), ("--profile", "standard"), ("--architecture", "kdgat"), ("--seed", 1), ("--data", "sets")):
        make = Maker()
        assert (ran(*given, *more, make=make)[0], make.fits) == (0, ["rule"])
    assert sorted(each.name for each in Path("evaluated").iterdir()) == [
        "quick-dqnfusion-generated_0",
        "quick-dqnfusion-generated_1",
        "quick-kdgat-generated_0",
        "standard-dqnfusion-generated_0",
        "standard-dqnfusion-sets",
    ]


def test_recordings_that_are_read_are_learnt_from_in_profile_standard_and_listed_with_their_folder() -> None:
    make = Maker()
    assert ran("train", "-d", "own", "-m", "teacher", "--data", "sets", make=make, recordings=Bus(("own",)))[0] == 0
    assert train("timing", make=make, dataset="set_01")[0] == 0
    assert [each["profile"] for each in make.asked] == ["standard", "quick"]
    *planned, own, _ = states()
    assert (len(planned), own["dataset"], own["model"], own["status"]) == (18, "own", "teacher", "trained")
    assert states()[-1]["model"] == "timing"
    assert own["note"] == "profile standard and not quick"
    only = states("-d", "own")
    assert [(each["model"], each["status"], each["note"]) for each in only] == [
        ("teacher", "trained", ""),  # of the profile of what lies there
        ("student", "ready", ""),
        ("fusion", "blocked", ""),
    ]
    shown = main_alone("list-available", "-d", "own")
    assert shown.splitlines()[2].split(maxsplit=5)[3:] == [*shown.splitlines()[2].split()[3:5], "on made of numbers"]
    assert ran("list-available", "-d", "a/b")[2] == "--dataset 'a/b': is no name of a folder.\n"


def main_alone(*given: str) -> str:
    """Return what the command says where nothing stands in the place of its recordings."""
    with redirect_stdout(io.StringIO()) as out:
        assert main(given) == 0
    return out.getvalue()


def test_recordings_that_are_too_short_are_told_of_once_a_data_set() -> None:
    short = Bus(instead={SCENARIOS[0]: lambda: [bus(1500, [(100, 110)])]})
    for _ in ("trained", "left as they are"):
        _, _, err = ran("train", "-d", "hcrl_ch", "-d", "hcrl_sa", "-m", "teacher", "-m", "student", recordings=short)
        assert err.count("1 of 5 recordings of hcrl_ch end within 2 s: rows that compare with an opening of 1 s") == 1
        assert err.count("1 of 5 recordings of hcrl_sa end within 2 s: ") == 1
        assert err.count("\n") == 2


class Interrupted(Fake):
    def scores(self, windows: Any) -> Any:
        raise KeyboardInterrupt


def test_a_log_is_watched_by_a_model_as_it_was_trained_and_what_is_left_out_is_told() -> None:
    lines = [f"({1 + place / 1000:.6f}) can0 {place % 30:03X}#0102" for place in range(250)]
    Path("a.log").write_text("\n".join([*lines[:99], "(1.0) can0 zz#01", *lines[99:], "(2"]))
    watch = ("watch", "a.log", "-d", "hcrl_ch", "-m")
    assert ran(*watch, "teacher")[::2] == (
        2,
        f"{model('teacher')}: there is no such model with its record; train it first.\n",
    )
    make, how = Maker(), ("--profile", "standard", "--seed", 3, "--architecture", "kdgat", "--fusion", "bandit")
    assert ran("train", "--all", "-d", "hcrl_ch", *how)[0] == 0
    status, out, err = ran(*watch, "fusion", "--every", "--json", make=make)
    assert (status, [json.loads(each)["window"] for each in out.splitlines()]) == (0, [0, 1])
    (asked,) = make.asked
    assert list(asked.values())[:4] == ["fusion_bandit", "standard", 3, "kdgat"]
    first, second, told = err.splitlines()
    assert (first[:17], second[:17]) == ("a.log, line 100: ", "a.log, line 252: ")
    assert told.startswith("2 windows, ")
    assert told.endswith(" ms after its last frame was read. 2 damaged lines left out.")
    assert ran("train", "-d", "hcrl_ch", "-m", "teacher", "--force-retrain")[0] == 0
    interrupted = ran(*watch, "teacher", make=lambda name, **asked: Interrupted(name, 0, {}))
    assert interrupted[0] == 130
    assert interrupted[2].splitlines()[1:] == ["0 windows of 100 frames. 1 damaged line left out.", "Interrupted."]
    assert f"{model('fusion')}: stands on {model('teacher')}, which is another since" in ran(*watch, "fusion")[2]
    model("teacher").unlink()
    assert f"stands on {model('teacher')}, which is not there; train that first" in ran(*watch, "student")[2]
    assert "--channel and --seconds are of a bus" in ran(*watch, "student", "--channel", "can0")[2]


def test_help_says_what_could_not_be_guessed() -> None:
    helps = {each: " ".join(ran(each, "--help")[1].split()) for each in ("train", "evaluate", "watch", "graphs")}
    assert (AUTO, *FORMS) == LOG_FORMS
    for each in ("watch", "graphs"):
        assert all(form in helps[each].replace("- ", "-") for form in FORMS)
    assert "rule and timing are trained where they are named, and never by --all" in helps["train"]
    for each in ("train", "evaluate"):
        assert "(default: standard with --data, quick without)" in helps[each]


def test_models_are_listed_and_plans_told_without_a_library() -> None:
    code = (
        "import sys; from swapbench_models.can.command.main import main\n"
        "for given in (['list', '--json'], ['list-available'], ['train', '--all', '--dry-run']):\n"
        "    assert main(given) == 0\n"
        "assert not {'torch', 'sklearn', 'scipy', 'can', 'numpy'} & set(sys.modules)\n"
        "assert main(['evaluate', '-d', 'hcrl_sa', '--rows', 'all_flagged,rule,between', '--seeds', '1']) == 0\n"
        "assert not {'torch', 'sklearn', 'scipy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.count("would be trained into") == 18
    models = json.loads(ran("list", "--json")[1])
    assert [each["model"] for each in models] == [*SIZES] == [*BACKENDS] == [*MODELS]
    assert all(set(each["parameters"]) == {"quick", "standard", "paper"} for each in models)
    assert "teacher" in ran("list")[1]
