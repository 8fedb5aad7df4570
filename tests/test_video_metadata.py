"""Metadata: which clips a table names, what is wrong with one, and what must stay on one side of a split."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold

pytest.importorskip("av")
from swapbench_models.error import FamilyError
from swapbench_models.video.data.groups import groups
from swapbench_models.video.data.metadata import Clip, clips_in_test_mode, read, write
from swapbench_models.video.error import VideoError

# Files by name: two of the same bytes, one of the same size, and one of another.
FILES = {"a0": b"one", "a1": b"one", "b0": b"two", "b1": b"two", "c0": b"six", "d0": b"seven"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("set")
    for name, content in FILES.items():
        (made / name).write_bytes(content)
    return made


def table(folder: Path, content: str | bytes) -> Path:
    path = folder / "metadata.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_table_names_clips_beside_it_or_anywhere_by_an_absolute_path(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.mp4").touch()
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub" / "e, 0").touch()
    lines = [
        "\ufefflabel,video_path,more,dup_group,platform",
        "real,a0,x,g, youtube ",
        '"fake","sub/e, 0",,,',
        "",
        f"real,{tmp_path / 'elsewhere.mp4'},,,",
        "fake,sub/../b0,,,",
    ]
    found = read(table(folder, "\r\n".join(lines)))
    assert found.classes == ("fake", "real")
    assert found.labels.tolist() == [1, 0, 1, 0]
    assert found.clips[0] == Clip(folder / "a0", 1, "youtube", "g")
    assert found.paths == [folder / "a0", folder / "sub" / "e, 0", tmp_path / "elsewhere.mp4", folder / "b0"]


@pytest.mark.parametrize(
    ("labels", "classes", "numbers"),
    [
        (("10", "9", "1.0", "01"), ("1", "9", "10"), [2, 1, 0, 0]),
        (("10", "9", "no", "no"), ("10", "9", "no"), [0, 1, 2, 2]),
        (("1", "0", "1", "-1"), ("-1", "0", "1"), [2, 1, 2, 0]),
        (("9" * 5000, "10", "9" * 5000), ("10", "9" * 5000), [1, 0, 1]),
    ],
)
def test_classes_are_ordered_as_numbers_or_else_by_name(
    folder: Path, labels: tuple[str, ...], classes: tuple[str, ...], numbers: list[int]
) -> None:
    lines = [f"{name},{label}" for name, label in zip(FILES, labels, strict=False)]
    found = read(table(folder, "\n".join(["video_path,label", *lines])))
    assert found.classes == classes
    assert found.labels.tolist() == numbers


WRONG = {
    "no label column": ("video_path,platform\na0,x\n", r": has no column 'label', but video_path, platform;"),
    "no path column": ("label\n1\n", r": has no column 'video_path', but label;"),
    "nothing": ("", r": has no column 'video_path', but none;"),
    "a column twice": ("video_path,label,label\na0,1,0\n", r": has 2 columns 'label'"),
    "no rows": ("video_path,label\n\n", r": has no rows"),
    "no label": ("video_path,label\na0,1\nb0, \n", r", line 3: label is empty"),
    "no path": ("video_path,label\n,1\n", r", line 2: video_path is empty"),
    "few values": ("video_path,label,platform\na0,1\n", r", line 2: has not as many values"),
    "many values": ("video_path,label\na0,1,2\n", r", line 2: has not as many values"),
    "out of the folder": ("video_path,label\na0,0\n../set/a0,1\n", r", line 3: \.\./set/a0 leads out of"),
    "out by a detour": ("video_path,label\nsub/../../a0,1\n", r", line 2: sub/\.\./\.\./a0 leads out of"),
    "two labels": ("video_path,label\na0,1\nb0,0\n./a0,0\n", r", line 4: a0 is labelled 0, and 1 in line 2"),
    "one class": ("video_path,label\na0,1\nb0,1.0\n", r": all 2 clips have label 1"),
    "none there": ("video_path,label\nx0,1\nx1\0,0\n" + "x/" * 3000 + ",0\n", r": none of its clips is there"),
    "no text": (b"video_path,label\n\xff\xfe,1\n", r": is no table in CSV and UTF-8"),
    "an open quote": ('video_path,label\n"a0,1\n', r": is no table in CSV and UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_table_is_told_with_its_line(folder: Path, name: str) -> None:
    content, why = WRONG[name]
    path = table(folder, content)
    with pytest.raises(VideoError, match=why) as raised:
        read(path)
    assert str(raised.value).startswith(str(path))
    assert str(raised.value).endswith(".")


@pytest.mark.filterwarnings("ignore:.*1 of 2 clips are missing")
def test_a_class_whose_clips_are_missing_is_told_to_be_so(folder: Path) -> None:
    with pytest.raises(VideoError, match=r": all 1 clips that are there \(of 2\) have label 1; give clips of two"):
        read(table(folder, "video_path,label\nx0,0\nb0,1\n"))


def test_a_file_has_one_label_by_whatever_path(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder / "a0")
    (tmp_path / "hard").hardlink_to(folder / "a0")
    for other in (folder / "a0", tmp_path / "link", tmp_path / "hard"):
        with pytest.raises(VideoError, match=rf", line 3: {other.name} is labelled 1, and 0 in line 2; leave one out"):
            read(table(folder, f"video_path,label\na0,0\n{other},1\n"))


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"metadata.csv: cannot be read \(No such file"):
        read(tmp_path / "metadata.csv")


def test_clips_that_are_missing_are_left_out_and_counted(folder: Path) -> None:
    path = table(folder, "video_path,label\na0,0\nx0,1\nb0,1\nsub/x1,0\n")
    with pytest.warns(
        UserWarning, match=r"2 of 4 clips are missing and left out, the first .*/x0 of line 3\.$"
    ) as told:
        found = read(path)
    assert found.paths == [folder / "a0", folder / "b0"]
    assert told[0].filename == __file__


def test_test_mode_leaves_the_first_five_of_each_class(folder: Path) -> None:
    asked = {value: clips_in_test_mode({"FVC_TEST_MODE": value}) for value in ("1", "true", "Yes", "y", "0", "no", "")}
    assert list(asked.values()) == [5, 5, 5, 5, None, None, None]
    assert clips_in_test_mode({}) is None
    path = table(folder, "video_path,label\n" + "".join(f"a0,0\n{name},1\n" for name in ("b0", "b1", "c0", "d0")))
    assert read(path, first=2).labels.tolist() == [0, 1, 0, 1]
    assert len(read(path, first=None).clips) == 8


def test_what_is_written_is_read_again(folder: Path, tmp_path: Path) -> None:
    names = ["plain.mp4", 'with "quotes", and\na line.mp4']
    rows = [{"video_path": name, "label": str(at), "dup_group": f"ü{at}"} for at, name in enumerate(names)]
    for name in names:
        (tmp_path / name).touch()
    write(tmp_path / "new.csv", rows)
    found = read(tmp_path / "new.csv")
    assert found.clips == tuple(Clip(tmp_path / name, at, "", f"ü{at}") for at, name in enumerate(names))
    with pytest.raises(FamilyError, match="cannot be written"):
        write(tmp_path / "missing" / "new.csv", rows)


# Pairs of files of the same bytes, all of one size.
PAIRED = {f"{number}.mp4": f"{number // 2:02}".encode() for number in range(60)}
ROWS = st.lists(
    st.tuples(st.sampled_from(list(PAIRED)), st.integers(0, 40).map(lambda n: f"group {n}" if n < 30 else "")),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("paired")
    for name, content in PAIRED.items():
        (made / name).write_bytes(content)
    return made


def clips_of(folder: Path, rows: list[tuple[str, str]]) -> list[Clip]:
    return [Clip(folder / name, at % 2, dup_group=group) for at, (name, group) in enumerate(rows)]


@settings(deadline=None, max_examples=100)
@given(ROWS)
def test_duplicates_are_together_and_nothing_else_is(paired: Path, rows: list[tuple[str, str]]) -> None:
    linked = [[PAIRED[a[0]] == PAIRED[b[0]] or (a[1] == b[1] != "") for b in rows] for a in rows]
    _, wanted = connected_components(coo_array(np.array(linked)), directed=False)
    found = groups(clips_of(paired, rows))
    assert (found[:, None] == found).tolist() == (wanted[:, None] == wanted).tolist()


@settings(deadline=None, max_examples=100)
@given(ROWS.filter(lambda rows: len(rows) > 9))
def test_duplicates_stay_on_one_side_of_every_split(paired: Path, rows: list[tuple[str, str]]) -> None:
    clips = clips_of(paired, rows)
    numbers, labels = groups(clips), np.array([clip.label for clip in clips])
    assume(len(set(numbers.tolist())) > 2)
    with warnings.catch_warnings(action="ignore"):  # of one class there are fewer than parts
        splits = list(StratifiedGroupKFold(3, shuffle=True, random_state=42).split(clips, labels, numbers))
    for split in splits:
        train, test = ([rows[at] for at in part] for part in split)
        assert not {PAIRED[name] for name, _ in train} & {PAIRED[name] for name, _ in test}
        assert not {group for _, group in train if group} & {group for _, group in test}


def test_a_file_of_a_size_of_its_own_is_alone(folder: Path) -> None:
    assert groups([Clip(folder / name, 0) for name in FILES]).tolist() == [0, 0, 1, 1, 2, 3]
    with pytest.raises(VideoError, match=r"missing\.mp4: cannot be read"):
        groups([Clip(folder / "missing.mp4", 0)])
