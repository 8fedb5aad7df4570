"""Layout: how a set of recordings lies in folders, as can-train-and-test (Lampe and Meng, 2024) does.

A folder for each data set, in it one for each split, `train_*` and `test_*`, and in these the recordings. Each test
split is a scenario of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from swapbench_models.can.data.once import ATTACK_FREE, PUBLISHED, called, once
from swapbench_models.can.error import CanError
from swapbench_models.can.frames.recording import Recording

DATASETS: Mapping[str, str] = {  # the folder of each
    "hcrl_ch": "hcrl-ch",
    "hcrl_sa": "hcrl-sa",
    "set_01": "set_01",
    "set_02": "set_02",
    "set_03": "set_03",
    "set_04": "set_04",
}
SCENARIOS = (
    "test_01_known_vehicle_known_attack",
    "test_02_unknown_vehicle_known_attack",
    "test_03_known_vehicle_unknown_attack",
    "test_04_unknown_vehicle_unknown_attack",
)
EXCLUDED = ("suppress", "masquerade")  # in the name of a file: attacks that published results leave out
_TRAIN, _TEST = "train_", "test_"
SUFFIXES = (PUBLISHED, ".txt", ".log", ".asc", ".trc", ".blf")  # of what can be read


@dataclass(frozen=True)
class Layout:
    """The files of a data set: those to train on, those of each scenario, and the names of those that are left out, for
    what they are called (`excluded`), or for what that ends with (`ignored`)."""

    name: str
    train: tuple[Path, ...]
    tests: Mapping[str, tuple[Path, ...]]
    excluded: tuple[str, ...]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """The recordings of a data set, each named by its split and its file.

    None is twice in `train`, nor in a scenario of `tests`, whatever its files are called; `repeats` says which file has
    the frames of which before it, those of scenarios that are trained on too among them. `excluded` and `ignored` are
    as in a Layout.
    """

    name: str
    train: tuple[Recording, ...]
    tests: Mapping[str, tuple[Recording, ...]]
    excluded: tuple[str, ...] = ()
    repeats: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def attack_free(self) -> tuple[Recording, ...]:
        """Those to train on that were recorded without attacks."""
        return tuple(each for each in self.train if ATTACK_FREE in each.name.partition("/")[0])

    @property
    def without_attack(self) -> tuple[str, ...]:
        """The scenarios in which no frame was injected, and so nothing can be found."""
        return tuple(
            name for name, all_ in self.tests.items() if not any((each.frames.attacks == 1).any() for each in all_)
        )

    @property
    def skipped(self) -> int:
        """How many lines of all files were damaged."""
        return sum(each.skipped for each in (*self.train, *sum(self.tests.values(), ())))

    def scenario(self, name: str) -> tuple[Recording, ...]:
        """Return the recordings of a scenario; raises CanError where there is none of this name."""
        if name not in self.tests:
            raise CanError(f"{self.name} has no split {name}; it has {', '.join(self.tests)}.")
        return self.tests[name]


def load(folder: Path, dataset: str, strict: bool = False) -> Dataset:
    """Return the recordings of a data set below a folder; other arguments and errors as of `layout` and `read`."""
    found = layout(folder, dataset)
    train = once(found.train, strict)
    tests, before = {}, train
    for name, files in found.tests.items():
        tests[name] = before = once(files, strict, before)
    kept = {name: each.kept for name, each in tests.items()}
    return Dataset(found.name, train.kept, kept, found.excluded, before.repeats, found.ignored)


def layout(folder: Path, dataset: str) -> Layout:
    """Return the files of a data set below a folder: one of `DATASETS`, or another by the name of its own folder.

    Nothing is read of them. Raises CanError, which names the folder, where the data set or its recordings are missing.
    """
    place = folder / _own_folder(folder, dataset)
    splits = [split for split in _names(place, folders=True) if split.startswith((_TRAIN, _TEST))]
    files = {split: _files(place / split) for split in splits}
    kept = {split: tuple(path for path in paths if not _is_excluded(path)) for split, paths in files.items()}
    train = tuple(path for split, paths in kept.items() if split.startswith(_TRAIN) for path in paths)
    tests = {split: paths for split, paths in kept.items() if split.startswith(_TEST) and paths}
    for kind, there in ((_TRAIN, train), (_TEST, tests)):
        if not there:
            raise CanError(
                f"{place}: has no recordings in a folder {kind}*; a data set has both {_TRAIN}* and {_TEST}*."
            )
    excluded = tuple(called(path) for paths in files.values() for path in paths if _is_excluded(path))
    ignored = tuple(f"{split}/{name}" for split in splits for name in _names(place / split, False) if not _ends(name))
    return Layout(dataset, train, tests, excluded, ignored)


def _own_folder(folder: Path, dataset: str) -> str:
    """Return the folder of a data set, one that is there: a name alone leads nowhere else."""
    there = _names(folder, folders=True)
    wanted = DATASETS.get(dataset, dataset)
    if wanted not in there:
        found = f"there are {', '.join(there[:20])}" if there else "there is none"
        raise CanError(f"{folder}: has no data set {dataset}, which would be in a folder {wanted!r}; {found}.")
    return wanted


def _files(split: Path) -> list[Path]:
    names = [name for name in _names(split, folders=False) if _ends(name)]
    if not names:
        ends = ", ".join(SUFFIXES)
        raise CanError(
            f"{split}: has no recordings, which would end with {ends}; put them there, or remove the folder."
        )
    return [split / name for name in names]


def _ends(name: str) -> bool:
    """Tell whether a file is a recording, by what its name ends with."""
    return name.lower().endswith(SUFFIXES)


def _names(folder: Path, folders: bool) -> list[str]:
    try:
        there = [each.name for each in folder.iterdir() if (each.is_dir() if folders else each.is_file())]
    except OSError as error:
        raise CanError(
            f"{folder}: cannot be read ({error.strerror or error}); give the folder of the data sets."
        ) from error
    return sorted(name for name in there if not name.startswith("."))


def _is_excluded(path: Path) -> bool:
    return any(word in path.name.lower() for word in EXCLUDED)
