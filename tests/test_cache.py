"""The cache: data made once, found whole or not at all, and named by everything it stands on."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray

from helpers import environment
from swapbench.base.error import SwapError
from swapbench.plan.code import forget
from swapbench.plan.suite import Dataset
from swapbench.run.cache import Cache, checksum, digest, files_digest, read_arrays, read_description, write_arrays
from swapbench.run.data import data_key, prepare, up_to_date

_BUILD_SLOWLY = """
import sys, time
from pathlib import Path
from swapbench.run.cache import Cache

def build(folder):
    with open("builds", "a") as log:
        log.write("built\\n")
    (folder / "half").write_text("half of the data")
    time.sleep(float(sys.argv[1]))
    (folder / "whole").write_text("the data")

entry = Cache(Path("cache")).make("key", build)
print((entry / "whole").read_text())
"""

Edit = Callable[[Path], None]


def _start(folder: Path, seconds: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _BUILD_SLOWLY, str(seconds)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"no {path}"
        time.sleep(0.002)


def test_what_is_there_is_not_built_again(tmp_path: Path) -> None:
    cache, built = Cache(tmp_path), []
    entries = {cache.make("key", built.append) for _ in range(3)}
    assert entries == {tmp_path / "key"}
    assert len(built) == 1


def test_a_killed_builder_leaves_nothing_that_others_take_for_data(tmp_path: Path) -> None:
    with _start(tmp_path, 600) as builder:
        _wait_for(tmp_path / "cache" / "key.unfinished" / "half")
        builder.kill()
    cache = Cache(tmp_path / "cache")
    assert not cache.has("key")
    found: list[Path] = []
    cache.make("key", lambda folder: found.extend(folder.iterdir()))
    assert cache.has("key")
    assert found == []
    assert not (tmp_path / "cache" / "key.unfinished").exists()


def test_a_builder_that_raises_leaves_no_entry(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        (folder / "half").touch()
        raise ValueError("no more")

    cache = Cache(tmp_path)
    with pytest.raises(ValueError, match="no more"):
        cache.make("key", build)
    assert not cache.has("key")
    assert [path.name for path in cache.make("key", lambda _: None).iterdir()] == ["seal.json"]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError("1600 requested and 496 written"), "1600 requested and 496 written"),
    ],
    ids=["as the kernel says it", "as numpy says it"],
)
def test_a_full_disk_is_told_and_does_not_stay_full_of_half_an_entry(
    tmp_path: Path, raised: OSError, told: str
) -> None:
    def build(folder: Path) -> None:
        (folder / "half").write_bytes(bytes(1000))
        raise raised

    with pytest.raises(SwapError, match=rf"^The cache {tmp_path} takes no more \({told}\); make room there, or name"):
        Cache(tmp_path).make("key", build)
    assert [path.name for path in tmp_path.iterdir()] == ["key.lock"]


def test_of_two_racing_processes_one_builds_and_both_have_the_data(tmp_path: Path) -> None:
    with _start(tmp_path, 0.3) as one, _start(tmp_path, 0.3) as two:
        told = [process.communicate(timeout=60)[0].strip() for process in (one, two)]
    assert told == ["the data", "the data"]
    assert (tmp_path / "builds").read_text() == "built\n"


def _fill(folder: Path) -> None:
    (folder / "model").mkdir()
    (folder / "model" / "weights").write_bytes(bytes(1000))
    (folder / "description.json").write_text("{}")
    (folder / "model" / "seal.json").write_text("what a model may call a file of its own")


def _flip_a_bit(entry: Path) -> None:
    (entry / "model" / "weights").write_bytes(bytes(999) + b"\1")


def _spoil_what_is_called_a_seal(entry: Path) -> None:
    (entry / "model" / "seal.json").write_text("spoilt")


def _lose_a_file(entry: Path) -> None:
    (entry / "model" / "weights").unlink()


def _gain_a_file(entry: Path) -> None:
    (entry / "model" / "more").touch()


def _break_the_seal(entry: Path) -> None:
    (entry / "seal.json").write_text("{")


def _have_no_seal(entry: Path) -> None:
    (entry / "seal.json").unlink()


@pytest.mark.parametrize(
    "damage",
    [_flip_a_bit, _spoil_what_is_called_a_seal, _lose_a_file, _gain_a_file, _break_the_seal, _have_no_seal],
)
def test_a_damaged_entry_is_removed_and_made_anew(tmp_path: Path, damage: Edit) -> None:
    cache = Cache(tmp_path)
    damage(cache.make("key", _fill))
    assert not cache.sound("key")
    assert not cache.has("key")
    cache.make("key", _fill)
    assert cache.sound("key")


def test_only_entries_are_listed_and_cleared_away(tmp_path: Path) -> None:
    """Whatever else lies in the folder is somebody's own."""
    cache = Cache(tmp_path)
    cache.make("key", _fill)
    (tmp_path / "precious").mkdir()
    assert [entry.key for entry in cache.entries()] == ["key"]
    cache.remove(["key", "never made"])
    assert cache.entries() == []
    assert (tmp_path / "precious").is_dir()


@given(st.dictionaries(st.integers(), st.text(), min_size=2))
def test_a_digest_does_not_depend_on_the_order_of_keys(values: dict[int, str]) -> None:
    texts = {str(key): value for key, value in values.items()}
    assert digest(texts) == digest(dict(reversed(texts.items())))


_DTYPES = st.one_of(
    arrays_of.boolean_dtypes(),
    arrays_of.integer_dtypes(endianness="?"),
    arrays_of.floating_dtypes(endianness="?"),
    arrays_of.unicode_string_dtypes(min_len=1, max_len=5),
)
_ARRAYS = _DTYPES.flatmap(lambda dtype: arrays_of.arrays(dtype, arrays_of.array_shapes(min_dims=1, min_side=0)))


@given(_ARRAYS, _ARRAYS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arrays_come_back_as_they_were_and_memory_mapped(tmp_path: Path, X: NDArray[Any], y: NDArray[Any]) -> None:
    write_arrays(tmp_path, {"X": X, "y": y})
    back = read_arrays(tmp_path)
    assert list(back) == ["X", "y"]
    for name, array in {"X": X, "y": y}.items():
        assert isinstance(back[name], np.memmap)
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
    assert read_description(tmp_path)["sha256"] == checksum(back)


def test_arrays_cannot_be_changed_by_who_reads_them(tmp_path: Path) -> None:
    write_arrays(tmp_path, {"X": np.zeros(3)})
    with pytest.raises(ValueError, match="read-only"):
        read_arrays(tmp_path)["X"][0] = 1


def _truncate(entry: Path) -> None:
    data = (entry / "X.npy").read_bytes()
    (entry / "X.npy").write_bytes(data[:-8])


def _cut_the_header(entry: Path) -> None:
    (entry / "X.npy").write_bytes((entry / "X.npy").read_bytes()[:20])


def _empty(entry: Path) -> None:
    (entry / "X.npy").write_bytes(b"")


def _reshape(entry: Path) -> None:
    np.save(entry / "X.npy", np.zeros((2, 4)))


def _retype(entry: Path) -> None:
    np.save(entry / "X.npy", np.zeros((4, 2), np.float32))


def _remove(entry: Path) -> None:
    (entry / "X.npy").unlink()


def _cut_the_description(entry: Path) -> None:
    (entry / "description.json").write_text((entry / "description.json").read_text()[:20])


def _remove_the_description(entry: Path) -> None:
    (entry / "description.json").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        _truncate,
        _cut_the_header,
        _empty,
        _reshape,
        _retype,
        _remove,
        _cut_the_description,
        _remove_the_description,
    ],
)
def test_damaged_data_is_refused_with_what_to_do(tmp_path: Path, damage: Edit) -> None:
    write_arrays(tmp_path, {"X": np.zeros((4, 2))})
    damage(tmp_path)
    with pytest.raises(SwapError) as caught:
        read_arrays(tmp_path)
    assert str(caught.value) == f"The prepared data in {tmp_path} is damaged; remove that folder and run again."


@given(arrays_of.arrays(np.float64, (4, 3), elements=st.floats(allow_nan=False)))
def test_a_checksum_does_not_depend_on_memory_order(X: NDArray[Any]) -> None:
    spread = np.zeros((8, 6))
    spread[::2, ::2] = X
    assert checksum({"X": X}) == checksum({"X": np.asfortranarray(X)}) == checksum({"X": spread[::2, ::2]})


def test_a_checksum_does_not_depend_on_the_order_of_names() -> None:
    X, y = np.arange(4.0), np.arange(4)
    assert checksum({"X": X, "y": y}) == checksum({"y": y, "X": X})


def test_a_checksum_tells_values_names_types_and_shapes_apart() -> None:
    X = np.arange(4)
    different = [
        {"X": X},
        {"X": X + 1},
        {"y": X},
        {"X": X.view(np.uint64)},
        {"X": X.reshape(2, 2)},
        {"X": X, "y": X},
    ]
    assert len({checksum(arrays) for arrays in different}) == len(different)


@pytest.fixture
def loaders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path with a module `loaders` and a module it imports."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "loader_base.py").write_text("SIZE = 8\n")
    (folder / "loaders.py").write_text(
        "import numpy as np\n"
        "from loader_base import SIZE\n\n"
        "def numbers(seed=0, data_dir=None):\n"
        "    return np.random.default_rng(seed).normal(size=(SIZE, 2)), np.arange(SIZE) % 2\n\n"
        "def objects():\n"
        "    return np.array([{}, None], object), np.arange(2)\n\n"
        "def alone():\n"
        "    return np.arange(3)\n\n"
        "def uneven():\n"
        "    return np.zeros((3, 1)), np.arange(2)\n\n"
        "def broken():\n"
        "    raise OSError('the disk is gone')\n"
    )
    monkeypatch.syspath_prepend(folder)
    for name in ("loaders", "loader_base"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    forget()
    return folder


def _key(dataset: Dataset, data_dir: Path | None = None) -> str:
    files_digest.cache_clear()
    forget()
    return data_key("numbers", dataset, data_dir and str(data_dir))


def test_the_same_data_has_the_same_key(loaders: Path) -> None:
    assert _key(Dataset("loaders:numbers")) == _key(Dataset("loaders:numbers"))


def test_the_key_changes_with_target_version_and_options(loaders: Path) -> None:
    different = [
        Dataset("loaders:numbers"),
        Dataset("loaders:objects"),
        Dataset("loaders:numbers", version="2"),
        Dataset("loaders:numbers", options={"seed": 1}),
    ]
    assert len({_key(dataset) for dataset in different}) == len(different)


@pytest.mark.parametrize("module", ["loaders", "loader_base"])
def test_the_key_changes_with_the_code_of_the_loader(loaders: Path, module: str) -> None:
    before = _key(Dataset("loaders:numbers"))
    with (loaders / f"{module}.py").open("a") as source:
        source.write("# edited\n")
    assert _key(Dataset("loaders:numbers")) != before


def test_the_key_changes_with_the_files_that_are_read(loaders: Path, tmp_path: Path) -> None:
    folder, dataset = tmp_path / "files", Dataset("loaders:numbers", reads_files=True)
    folder.mkdir()
    keys = [_key(dataset, folder)]
    (folder / "a.csv").write_text("1")
    keys.append(_key(dataset, folder))
    (folder / "a.csv").write_text("12")
    keys.append(_key(dataset, folder))
    (folder / "deep").mkdir()
    (folder / "deep" / "b.csv").write_text("1")
    keys.append(_key(dataset, folder))
    assert len(set(keys)) == len(keys)


def test_a_file_that_was_changed_and_dated_back_is_another(loaders: Path, tmp_path: Path) -> None:
    folder, dataset = tmp_path / "files", Dataset("loaders:numbers", reads_files=True)
    folder.mkdir()
    (folder / "a.csv").write_text("1")
    before, told = _key(dataset, folder), (folder / "a.csv").stat()
    (folder / "a.csv").write_text("2")
    os.utime(folder / "a.csv", ns=(told.st_atime_ns, told.st_mtime_ns))
    assert _key(dataset, folder) != before


def test_the_folder_of_data_is_walked_once_for_all_cells(
    loaders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[Path] = []
    walk = Path.rglob
    monkeypatch.setattr(Path, "rglob", lambda self, pattern: (walked.append(self), walk(self, pattern))[1])
    _key(Dataset("loaders:numbers", reads_files=True), tmp_path)
    for _ in range(100):
        data_key("numbers", Dataset("loaders:numbers", reads_files=True), str(tmp_path))
    assert walked.count(tmp_path) == 1


def test_a_dataset_with_a_folder_of_its_own_stands_on_nothing_beside_it(loaders: Path, tmp_path: Path) -> None:
    files, dataset = tmp_path / "files", Dataset("loaders:numbers", reads_files=True)
    (files / "numbers").mkdir(parents=True)
    before = _key(dataset, files)
    (files / "others.csv").write_text("1")
    assert _key(dataset, files) == before


def test_files_say_nothing_about_data_that_reads_none(loaders: Path, tmp_path: Path) -> None:
    assert _key(Dataset("loaders:numbers"), tmp_path) == _key(Dataset("loaders:numbers"))


def test_prepared_data_is_what_the_loader_returns(loaders: Path, tmp_path: Path) -> None:
    prepare("numbers", Dataset("loaders:numbers", options={"seed": 3}), None, tmp_path, "key")
    arrays = read_arrays(tmp_path / "key")
    np.testing.assert_array_equal(arrays["X"], np.random.default_rng(3).normal(size=(8, 2)))
    np.testing.assert_array_equal(arrays["y"], np.arange(8) % 2)


def _write(path: Path) -> None:
    path.write_text("2")


def _replace(path: Path) -> None:
    path.with_suffix(".new").write_text("1")
    path.with_suffix(".new").rename(path)


def _delete(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("change", [_write, _replace, _delete])
def test_data_is_made_anew_when_a_file_has_changed_that_its_loader_opened(
    loaders: Path, tmp_path: Path, change: Edit
) -> None:
    """Also one that nothing declares, in a place that only the loader knows."""
    (tmp_path / "train.csv").write_text("1")
    with (loaders / "loaders.py").open("a") as source:
        source.write(
            "\ndef opened(name):\n    from pathlib import Path\n"
            "    (Path(name).parent / 'log').write_text('x')\n    (Path(name).parent / 'log').read_text()\n"
            "    return np.full((2, 1), len(Path(name).read_text())), np.arange(2)\n"
        )
    cache, dataset = Cache(tmp_path / "cache"), Dataset("loaders:opened", options={"name": str(tmp_path / "train.csv")})
    sys.modules.pop("loaders", None)
    prepare("d", dataset, None, cache.folder, "key")
    assert list(read_description(cache.entry("key"))["read"]) == [str(tmp_path / "train.csv")]
    assert cache.sound("key", up_to_date)
    change(tmp_path / "train.csv")
    assert not cache.sound("key", up_to_date)
    assert not cache.has("key")


@pytest.mark.parametrize(
    ("loader", "sentence"),
    [
        ("objects", "dataset d: X holds Python objects; return arrays of numbers or of text."),
        ("alone", "dataset d: loaders:alone must return X, y or X, y, groups."),
        ("uneven", "dataset d: X has 3 examples, y has shape (2,)."),
        ("broken", "dataset d: loaders:broken could not load it: the disk is gone"),
    ],
)
def test_data_that_cannot_be_used_is_refused_in_a_sentence(
    loaders: Path, tmp_path: Path, loader: str, sentence: str
) -> None:
    with pytest.raises(SwapError) as caught:
        prepare("d", Dataset(f"loaders:{loader}"), None, tmp_path / "cache", "key")
    assert str(caught.value) == sentence
    assert not Cache(tmp_path / "cache").has("key")


def test_data_with_another_checksum_than_declared_is_refused(loaders: Path, tmp_path: Path) -> None:
    with pytest.raises(SwapError, match=r"dataset d: the data has checksum [0-9a-f]{64}, declared is feed; "):
        prepare("d", Dataset("loaders:numbers", sha256="feed"), None, tmp_path / "cache", "key")
    assert not Cache(tmp_path / "cache").has("key")
