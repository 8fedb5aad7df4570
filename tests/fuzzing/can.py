"""The readers of the family `can`, and files as it writes them."""

import zlib
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import can
from hypothesis import strategies as st

from can_toys import SIZE, recording, windows
from fuzzing.changes import changed, changed_bytes
from fuzzing.reader import Reader
from fuzzing.shared import reseal_checkpoint, reseal_json
from swapbench_models.can.create import create
from swapbench_models.can.data.layout import load
from swapbench_models.can.data.mark import Mark, told
from swapbench_models.can.data.plan import Plan
from swapbench_models.can.frames.reading import read
from swapbench_models.can.frames.writing import text
from swapbench_models.can.graphs.kept import Kept, _digest
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.runs import record
from swapbench_models.can.runs.record import Record
from swapbench_models.error import FamilyError

_FORMS = {"can-train-and-test": ".csv", "hcrl-csv": ".csv", "hcrl-txt": ".txt", "candump": ".log"}
_SEEN = recording(60, 1)


def _logs(folder: Path) -> Sequence[Path]:
    unlabelled = recording(60, 1, labelled=False)
    files = []
    for form, suffix in _FORMS.items():
        file = folder / f"{form}{suffix}"
        file.write_bytes(text(unlabelled if form == "hcrl-txt" else _SEEN, form))
        files.append(file)
    return files


def _of_library(folder: Path) -> Sequence[Path]:
    files = []
    for suffix in (".asc", ".blf", ".trc"):
        file = folder / f"log{suffix}"
        with can.Logger(str(file)) as logger:
            for time, number, payload in zip(_SEEN.times, _SEEN.ids, _SEEN.payloads, strict=True):
                logger.on_message_received(
                    can.Message(
                        timestamp=float(time) + 1,
                        arbitration_id=int(number),
                        is_extended_id=False,
                        data=bytes(payload[:4]),
                        channel=0,
                    )
                )
        files.append(file)
    return files


def _read_log(path: Path) -> None:
    for strict in (True, False):
        try:
            frames = read(path, strict=strict).frames
        except FamilyError:
            if not strict:
                raise
        else:
            assert len(frames) == len(frames.payloads)


@st.composite
def _changed_blf(draw: st.DrawFn, whole: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Draw a BLF in whose container, which is packed, something else is."""
    if not whole.startswith(b"LOGG") or draw(st.integers(0, 2)) == 0:
        return draw(changed(whole, others))
    at = whole.index(b"LOBJ", 144)
    length = int.from_bytes(whole[at + 8 : at + 12], "little")
    content = zlib.decompress(whole[at + 32 : at + length])
    inner = draw(st.one_of(changed_bytes(content), st.just(bytes(1 << 25))))
    packed = zlib.compress(inner)
    head = whole[at : at + 8] + (32 + len(packed)).to_bytes(4, "little") + whole[at + 12 : at + 24]
    return whole[:at] + head + len(inner).to_bytes(4, "little") + bytes(4) + packed + bytes(len(packed) % 4)


# Data sets

_PLAN = Plan("hcrl_sa")


def _marks(folder: Path) -> Sequence[Path]:
    Mark(folder, _PLAN).set({"train_01_attack_free/a.csv": "0" * 64})
    return [folder / "generated.json"]


def _read_mark(path: Path) -> None:
    told(path.parent)
    mark = Mark(path.parent, _PLAN)
    for force in (False, True):
        mark.check(force)
    mark.kept()
    mark.clear()


def _layouts(folder: Path) -> Sequence[Path]:
    files = []
    for split in ("train_01", "train_02_attack_free", "test_01", "test_02"):
        place = folder / "data" / "mine" / split
        place.mkdir(parents=True)
        file = place / "drive.csv"
        file.write_bytes(text(recording(40, len(files))))
        files.append(file)
    return files


def _read_layout(path: Path) -> None:
    load(path.parents[2], "mine")


# Graphs


def _kept_graphs(folder: Path) -> Sequence[Path]:
    given = _few()
    kept = Kept(folder / "graphs")
    kept.graphs(given, _known())
    return [kept.place(given, _known())]


@cache
def _few() -> Any:
    return windows(0, 6)


@cache
def _known() -> Vocabulary:
    return Vocabulary.learned(_few().recordings)


def _read_graphs(path: Path) -> None:
    made = Kept(path.parent).graphs(_few(), _known())
    made.places if hasattr(made, "places") else None


def _reseal_graphs(content: bytes) -> bytes:
    return _digest(content[64:]).encode() + content[64:]


@st.composite
def _changed_graphs(draw: st.DrawFn, whole: bytes, others: Sequence[bytes] = ()) -> bytes:
    return whole[:64] + draw(changed(whole[64:], others))


# Models

_SIMPLE = (
    "rule",
    "between",
    "logistic_regression",
    "logistic_regression_ids",
    "boosting",
    "boosting_ids",
    "all_flagged",
)
_NETWORKS = ("teacher", "student_alone", "timing")


def _fitted(names: Sequence[str], folder: Path) -> Sequence[Path]:
    files = []
    for name in names:
        file = folder / f"{name}.pth"
        create(name, profile="quick").fit(windows(0, 60)).save_fitted(file)
        files.append(file)
    return files


def _load(path: Path) -> None:
    model = create(path.stem, profile="quick")
    model.load_fitted(path)
    model.scores(windows(1, 6, SIZE))
    model.count_parameters()


def _records(folder: Path) -> Sequence[Path]:
    file = folder / "record.json"
    configuration = {"row": "rule", "profile": "quick", "seed": 0, "architecture": "kdgat"}
    Record(
        "mine", "rule", "rule", configuration, "drives", {"code": "0"}, "0" * 64, 10, 3, 1, 0.5,
        [{"batch_size": 3}], 1.5, False, {"a": True}, 0.0, {"test_01": {"f1": 0.5}},
    ).write(file)  # fmt: skip
    return [file]


READERS = {
    "logs of text": Reader(_logs, _read_log, (FamilyError,), pipes=True),
    "asc, trc, blf": Reader(_of_library, _read_log, (FamilyError,), _changed_blf, pipes=True),
    "mark of a set": Reader(_marks, _read_mark, (FamilyError, OSError), named=False),
    "layout of a set": Reader(_layouts, _read_layout, (FamilyError,), named=False),
    "graphs that are kept": Reader(
        _kept_graphs, _read_graphs, (FamilyError,), _changed_graphs, seal=_reseal_graphs, pipes=True
    ),
    "simple detectors": Reader(partial(_fitted, _SIMPLE), _load, (FamilyError,), seal=reseal_json),
    "networks": Reader(partial(_fitted, _NETWORKS), _load, (FamilyError,), seal=reseal_checkpoint),
    "record of a model": Reader(_records, record.read, (FamilyError,), seal=reseal_json),
}
