"""Data sets of CAN recordings, as they lie in folders: what is trained on, what is judged, and what is twice there."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from helpers import require
from swapbench_models.can.data.generate import generate
from swapbench_models.can.data.layout import DATASETS, SCENARIOS, Dataset, layout, load
from swapbench_models.can.data.plan import Plan
from swapbench_models.can.detector.detector import alarms
from swapbench_models.can.error import CanError, DataError, FormatError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.frames.writing import write
from swapbench_models.can.runs.generated import Generated
from swapbench_models.can.runs.read import Read
from swapbench_models.can.simple.rule import Rule
from swapbench_models.can.windows.windows import Windows

REAL = Path(__file__).parents[2] / "shared" / "data" / "can" / "real"
KNOWN, UNKNOWN = SCENARIOS[:2]


def drive(seed: int, attacks: bool) -> Frames:
    """Return 300 frames of a drive, in some windows of which frames may be injected."""
    draw = np.random.default_rng(seed)
    labels = attacks * (draw.random(300) < 0.01)
    return Frames.of(np.arange(300) / 1e3, draw.integers(0, 0x800, 300), [draw.bytes(8) for _ in range(300)], labels)


def put(folder: Path, **recordings: Frames) -> None:
    """Write recordings by the name of their split and their own, `split__name`."""
    for name, frames in recordings.items():
        split, _, file = name.partition("__")
        (folder / split).mkdir(parents=True, exist_ok=True)
        write(folder / split / f"{file}.csv", frames)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(
        tmp_path / "hcrl-sa",
        train_01_attack_free__free=drive(0, False),
        train_02_with_attacks__another=drive(0, False),
        train_02_with_attacks__dos=drive(1, True),
        train_02_with_attacks__suppress=drive(2, True),
        test_01_known_vehicle_known_attack__dos=drive(3, True),
        test_01_known_vehicle_known_attack__dos_again=drive(3, True),
        test_01_known_vehicle_known_attack__trained_on=drive(1, True),
        test_05_more__free=drive(4, False),
        test_06_masquerade__masquerade=drive(5, True),
    )
    return tmp_path


def names(dataset: Dataset) -> dict[str, list[str]]:
    return {"train": [each.name for each in dataset.train]} | {
        scenario: [each.name for each in recordings] for scenario, recordings in dataset.tests.items()
    }


def test_a_data_set_has_each_recording_once_whatever_its_files_are_called(root: Path) -> None:
    dataset = load(root, "hcrl_sa")
    assert names(dataset) == {
        "train": ["train_01_attack_free/free", "train_02_with_attacks/dos"],
        KNOWN: [f"{KNOWN}/dos", f"{KNOWN}/trained_on"],
        "test_05_more": ["test_05_more/free"],
    }
    assert [each.name for each in dataset.attack_free] == ["train_01_attack_free/free"]
    assert dataset.repeats == {
        "train_02_with_attacks/another": "train_01_attack_free/free",
        f"{KNOWN}/dos_again": f"{KNOWN}/dos",
        f"{KNOWN}/trained_on": "train_02_with_attacks/dos",
    }


def test_what_cannot_be_judged_and_what_is_left_out_are_known(root: Path) -> None:
    dataset = load(root, "hcrl_sa")
    assert dataset.without_attack == ("test_05_more",)
    assert dataset.excluded == ("test_06_masquerade/masquerade", "train_02_with_attacks/suppress")
    assert len(dataset.scenario(KNOWN)) == 2
    with pytest.raises(CanError, match=f"hcrl_sa has no split {UNKNOWN}; it has {KNOWN}, test_05_more"):
        dataset.scenario(UNKNOWN)


def test_damaged_lines_are_left_out_and_counted_unless_reading_is_strict(root: Path) -> None:
    path = root / "hcrl-sa" / "train_02_with_attacks" / "dos.csv"
    path.write_text(path.read_text() + "1.5,316,052105210521052105,0\n")
    dataset = load(root, "hcrl_sa")
    assert (dataset.skipped, dataset.train[1].skipped, len(dataset.train[1].frames)) == (1, 1, 300)
    with pytest.raises(FormatError, match=r"dos.csv, line 302: "):
        load(root, "hcrl_sa", strict=True)


def test_a_recording_is_known_by_its_frames_and_not_by_the_bytes_of_its_file(root: Path) -> None:
    trained_on = root / "hcrl-sa" / "train_02_with_attacks" / "dos.csv"
    copy = root / "hcrl-sa" / KNOWN / "copy.csv"
    copy.write_bytes(trained_on.read_bytes().replace(b"\n", b"\r\n"))
    write(copy.with_suffix(".log"), drive(1, True), "candump")
    dataset = load(root, "hcrl_sa")
    assert dataset.repeats.items() >= {
        (f"{KNOWN}/{name}", "train_02_with_attacks/dos") for name in ("copy", "copy.log")
    }
    said: list[str] = []
    assert len(Read(root, said.append).dataset("hcrl_sa").scenarios[KNOWN].windows.recordings) == 2
    assert said[1:] == [
        f"{KNOWN}/{name}: is learned from too, for it has the frames of train_02_with_attacks/dos."
        for name in ("copy", "copy.log", "trained_on")
    ]


def test_every_form_that_can_be_read_is_and_what_else_lies_there_is_told(root: Path) -> None:
    split = root / "hcrl-sa" / "train_01_attack_free"
    write(split / "normal_run_data.txt", drive(6, False), "hcrl-txt")
    write(split / "more.LOG", drive(7, False), "candump")
    (split / "sources.md").touch()
    dataset = load(root, "hcrl_sa")
    assert [each.name for each in dataset.attack_free] == [
        f"train_01_attack_free/{name}" for name in ("free", "more.LOG", "normal_run_data.txt")
    ]
    assert dataset.ignored == ("train_01_attack_free/sources.md",)
    # HCRL's text has no labels: the name of its split says that nothing was injected.
    assert Windows(tuple(each.frames for each in dataset.train)).labels.sum() > 0
    said: list[str] = []
    Read(root, said.append).dataset("hcrl_sa")
    assert said[1] == (
        "hcrl_sa: train_01_attack_free/sources.md are left out, for a recording ends with one of .csv, .txt, .log, "
        ".asc, .trc, .blf."
    )


def test_one_that_does_not_say_what_was_injected_is_named(root: Path) -> None:
    write(root / "hcrl-sa" / "train_02_with_attacks" / "plain.txt", drive(6, False), "hcrl-txt")
    said: list[str] = []
    with pytest.raises(DataError, match="do not say which frames were injected"):
        _ = Read(root, said.append).dataset("hcrl_sa").training.windows.labels
    assert said[1:] == ["train_02_with_attacks/plain.txt: does not say which frames were injected."]


def test_figures_of_others_are_of_what_was_published_alone(root: Path) -> None:
    made = generate(Plan("set_01", "quick", 3), root)
    of = Read(root, print)
    assert (of.dataset("hcrl_sa").told, of.dataset("hcrl_sa").published) == (f"recordings in {root}", True)
    told = f"generated recordings in {root} (set_01, profile quick, seed 3)"
    assert (of.dataset("set_01").told, of.dataset("set_01").published) == (told, False)
    (made / "generated.json").write_text("[]")
    assert Read(root, print).dataset("set_01").published is False
    assert Generated("quick", 0).dataset("set_01").published is False


def test_another_set_of_the_same_layout_is_called_by_its_folder(root: Path) -> None:
    put(root / "our-fleet", train_2024__a=drive(1, True), test_2025__b=drive(2, True))
    assert names(load(root, "our-fleet")) == {"train": ["train_2024/a"], "test_2025": ["test_2025/b"]}


def test_what_is_missing_is_told_with_its_folder(root: Path) -> None:
    put(root / "set_01", train_01_attack_free__free=drive(0, False))
    put(root / "set_02", train_01_attack_free__free=drive(0, False), test_01__suppress=drive(1, True))
    put(root / "set_03", train_01_attack_free__free=drive(0, False))
    (root / "set_03" / "test_01").mkdir()
    for dataset, why in (
        (
            "hcrl_ch",
            f"{root}: has no data set hcrl_ch, which would be in a folder 'hcrl-ch'; there are hcrl-sa, set_01",
        ),
        ("../set_01", f"{root}: has no data set ../set_01"),
        ("set_01", f"{root / 'set_01'}: has no recordings in a folder test_"),
        ("set_02", f"{root / 'set_02'}: has no recordings in a folder test_"),
        ("set_03", f"{root / 'set_03' / 'test_01'}: has no recordings"),
    ):
        with pytest.raises(CanError) as raised:
            layout(root, dataset)
        assert str(raised.value).startswith(why)
    with pytest.raises(CanError, match="cannot be read"):
        layout(root / "nowhere", "set_01")


COUNTS = {
    "hcrl_sa": {
        SCENARIOS[0]: (3994, 1928),
        SCENARIOS[1]: (1861, 752),
        SCENARIOS[2]: (3060, 1159),
        SCENARIOS[3]: (797, 311),
    },
    "set_04": {SCENARIOS[0]: (10009, 1091), SCENARIOS[1]: (16731, 404)},
}


RULE = {"hcrl_sa": [95.0, 98.2, 99.5, 99.8], "set_04": [99.2, 93.4]}  # F1 in %, of the splits in their order


@pytest.mark.long
@pytest.mark.parametrize("name", COUNTS)
def test_published_sets_have_the_windows_and_the_rule_the_scores_that_others_found(name: str, tmp_path: Path) -> None:
    if not REAL.is_dir():
        pytest.skip("the published sets are not here")
    require("polars")
    subprocess.run([sys.executable, REAL / "unpack.py", tmp_path, name], check=True, stdout=subprocess.DEVNULL)
    assert [path.name for path in tmp_path.iterdir()] == [DATASETS[name]]
    dataset = load(tmp_path, name, strict=True)
    windows = {split: Windows(tuple(each.frames for each in all_)) for split, all_ in dataset.tests.items()}
    assert {split: (len(each), int(each.labels.sum())) for split, each in windows.items()} == COUNTS[name]
    assert len(dataset.repeats) == len(dataset.attack_free) > 0
    flagged = [(windows[split].labels, alarms(Rule(), windows[split])) for split in COUNTS[name]]
    assert [round(100 * f1_score(truth, said), 1) for truth, said in flagged] == RULE[name]
