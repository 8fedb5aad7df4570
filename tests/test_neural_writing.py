"""What the command of `neural` writes: whole or not at all, where it was told to, and over nothing of others."""

import json
import os
from pathlib import Path

import pytest

from keras_configurations import layer, sequential
from neural_command import ran

SMALL = 'network Small { input: (8,)\n layers: Dense(HPO(choice(4, 5)), "relu") Output(2) }\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("small.neural").write_text(SMALL)
    Path("keras.json").write_text(json.dumps(sequential(layer("Dense", "d", units=2))))
    return tmp_path


WRITING = {
    "net.py": ("compile", "small.neural", "-o", "net.py"),
    "net.svg": ("visualize", "small.neural", "--no-cache", "-o", "net.svg"),
    "net.neural": ("convert", "keras.json", "-o", "net.neural"),
}


@pytest.mark.parametrize("name", WRITING)
def test_what_the_command_wrote_it_writes_again_and_nothing_of_others_unless_forced(name: str) -> None:
    out = Path(name)
    for _ in range(2):
        assert ran(*WRITING[name])[0] == 0
    written = out.read_text()
    for content, why in (
        ("mine\n", "was not written by this command"),
        (written.replace("a", "A", 1), "has been edited since it was written"),
        (f"{written}mine\n", "has been edited since it was written"),
    ):
        out.write_text(content)
        status, told, err = ran(*WRITING[name])
        assert (status, told) == (2, "")
        assert err.endswith(f"{name}: {why}; give another place, or say --force to write over it.\n")
        assert out.read_text() == content
    assert ran(*WRITING[name], "--force")[0] == 0
    assert out.read_text() == written


def test_a_search_does_not_begin_where_its_texts_would_write_over_edited_ones() -> None:
    Path("trials").mkdir()
    Path("trials/trial0.neural").write_text(SMALL)
    status, out, err = ran("search", "small.neural", "--save", "trials")
    assert (status, out) == (2, "")
    assert err.startswith("trials/trial0.neural: was not written by this command; ")


@pytest.mark.parametrize("name", WRITING)
def test_a_link_stays_one_and_what_it_leads_to_is_written(name: str) -> None:
    Path("elsewhere").mkdir()
    Path(name).symlink_to(Path("elsewhere") / name)
    for _ in range(2):
        assert ran(*WRITING[name])[0] == 0
        assert Path(name).is_symlink()
        assert "written by swapbench_models.neural" in (Path("elsewhere") / name).read_text()
    assert [file.name for file in Path("elsewhere").iterdir()] == [name]


def test_a_device_is_written_as_it_is() -> None:
    assert ran("compile", "small.neural", "-o", os.devnull)[0] == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("name", WRITING)
def test_what_cannot_be_written_is_named_as_it_was_given_and_leaves_nothing(name: str, folder: Path) -> None:
    Path(f".{name}.partial").write_text("mine")
    Path(f"folder-{name}").mkdir()
    assert ran(*WRITING[name])[0] == 0
    before = {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    assert before[folder / f".{name}.partial"] == b"mine"
    for out, reason in (
        (f"nowhere/{name}", "No such file or directory"),
        (f"{name}/{name}", "Not a directory"),
        (f"folder-{name}", "Is a directory"),
    ):
        status, _, err = ran(*WRITING[name][:-1], out)
        assert (status, err.splitlines()[-1]) == (2, f"{out}: cannot be written ({reason}).")
    assert {file: file.read_bytes() for file in folder.iterdir() if file.is_file()} == before


def test_a_file_keeps_who_may_read_it() -> None:
    umask = os.umask(0o027)
    try:
        ran(*WRITING["net.py"])
        assert Path("net.py").stat().st_mode & 0o777 == 0o640
        Path("net.py").chmod(0o600)
        ran(*WRITING["net.py"])
        assert Path("net.py").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(umask)
