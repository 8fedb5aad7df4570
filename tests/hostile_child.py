"""What hostile files do to readers of the families, in a process that may import their libraries."""

import contextlib
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from swapbench_models import sealed
from swapbench_models.error import FamilyError


def refusal(read: Callable[[], object]) -> str:
    """Return the sentence of what is refused; raises whatever else a reader does."""
    try:
        read()
    except FamilyError as error:
        return str(error)
    return "it was read"


def checkpoint_of_many(file: Path) -> str:
    """A checkpoint of a hundred thousand tensors without a value, under a right digest."""
    from fuzzing.shared import reseal_checkpoint
    from swapbench_models.training import checkpoint

    checkpoint.save(file, {"a": 1}, {})
    content = file.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    empty = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    made = json.dumps({**header, **{f"t{number}": empty for number in range(100_000)}}).encode()
    file.write_bytes(reseal_checkpoint(len(made).to_bytes(8, "little") + made))
    return refusal(lambda: checkpoint.read(file, {}))


def can_record(folder: Path) -> list[str]:
    """Records of models that say something else, under right digests."""
    from swapbench_models.can.runs import record

    told = []
    for number, values in enumerate(({"version": 1}, {"version": 1, "dataset": []}, {"version": 1, "x": 1})):
        sealed.write(folder / f"{number}.json", values)
        told.append(refusal(lambda number=number: record.read(folder / f"{number}.json")))  # type: ignore[misc]
    return told


def forged_graphs(folder: Path) -> bool:
    """Whether graphs with an edge to a node that is not there are built anew."""
    import numpy as np

    from fuzzing.can import _few, _known
    from swapbench_models.can.graphs.kept import Kept, _keep

    kept = Kept(folder)
    built = kept.graphs(_few(), _known())
    _keep(kept.place(_few(), _known()), replace(built, edges=built.edges + 10**9))
    again = kept.graphs(_few(), _known())
    return bool(np.array_equal(again.edges, built.edges))


def damaged_trc(file: Path) -> str:
    """Return what a terminal is told of a log of PEAK's whose last line is cut off, and commands it."""
    import can

    from swapbench_models.can.frames.reading import read

    with can.Logger(str(file)) as logger:
        for second in range(3):
            logger.on_message_received(can.Message(timestamp=second + 1.0, arbitration_id=0x300, data=b"12", channel=0))
    *lines, last = file.read_text().splitlines()
    file.write_text("\n".join([*lines, f"{last[:30]}\x1b[2J", ""]))
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.suppress(FamilyError):
        read(file, "trc", strict=False)
    return errors.getvalue()


def video_run(folder: Path) -> list[str]:
    """The description of a run, the mark of a fold and a table of predictions that say something else."""
    from swapbench_models.video.runs import predictions
    from swapbench_models.video.runs.description import described
    from swapbench_models.video.runs.fold import Cell
    from swapbench_models.video.runs.folder import Folder

    run = Folder(folder)
    sealed.write(run.description, {"version": 1, "configuration": {"folds": "many"}, "classes": 5})
    cell = Cell(run, "svm", 1)
    cell.folder.mkdir(parents=True)
    sealed.write(cell.folder / "fold_complete.json", {"stands_on": {}, "files": {"../../../etc/passwd": "0"}})
    (folder / "predictions.csv").write_text("video_path,label,probability_a\nx,a\n")
    return [
        refusal(lambda: described(run)),
        refusal(lambda: cell.result({})),
        refusal(lambda: predictions.read(folder / "predictions.csv", ("a", "b"))),
    ]


def marks(folder: Path) -> tuple[str, str]:
    """Marks of generated sets that list a file elsewhere, which none may look at."""
    from swapbench_models.can.data.mark import Mark as CanMark
    from swapbench_models.can.data.plan import Plan as CanPlan
    from swapbench_models.video.data.mark import Mark as VideoMark
    from swapbench_models.video.data.plan import Plan as VideoPlan

    files = {"/etc/passwd": "0" * 64, "../elsewhere": "0" * 64}
    (folder / "elsewhere").write_text("elsewhere")
    told = []
    for name, mark in (
        ("can", CanMark(folder / "can", CanPlan("hcrl_sa"))),
        ("video", VideoMark(folder / "video", VideoPlan(clips=4))),
    ):
        (folder / name).mkdir()
        mark.set(files)
        told.append(refusal(mark.check))
    return told[0], told[1]


def packed(folder: Path) -> list[str]:
    """A few bytes that are more than is read, where a megabyte is, or say that they are."""
    import numpy as np

    from swapbench_models import npz
    from swapbench_models.neural import idx

    most = 1 << 20
    content = bytes((0, 0, 8, 1)) + (4 * most).to_bytes(4, "big") + bytes(4 * most)
    (folder / "labels.gz").write_bytes(gzip.compress(content))
    archive, array = io.BytesIO(), io.BytesIO()
    np.savez_compressed(archive, a=np.zeros(4 * most, np.uint8))
    np.save(array, np.zeros(3))
    forged = array.getvalue().replace(b"(3,), }" + b" " * 7, b"(10**12,), }  ").replace(b"10**12", b"999999")
    with patch.object(idx, "_MOST_BYTES", most):
        first = refusal(lambda: idx.read_idx(folder / "labels.gz", 1))
    return [first, _why(lambda: npz.arrays(archive.getvalue(), most)), _why(lambda: npz.array(forged))]


def _why(read: Callable[[], object]) -> str:
    try:
        read()
    except ValueError as error:
        return str(error)
    return "it was read"


def stolen_method(file: Path) -> str:
    """Weights of scikit-learn's beside which an array takes the place of a method."""
    import numpy as np

    from swapbench_models.neural.native.sklearn import logistic_regression

    np.savez(file, estimator=np.asarray("LogisticRegression"), predict=np.zeros(3))
    return refusal(lambda: logistic_regression().load_fitted(file))


def logs(folder: Path) -> list[str]:
    """Files of logs that end their process, fill memory, or lead elsewhere."""
    import polars as pl

    from swapbench_models.fingerprint import files

    pl.DataFrame({"a": pl.repeat(0, 1_000_000, eager=True)}).write_parquet(folder / "rows.parquet")
    with patch.object(files, "_MOST_CELLS", 1 << 18):
        rows = refusal(lambda: files.frame(str(folder / "rows.parquet")))
    names = ("reference://x::file:///etc/passwd", "simplecache::http://127.0.0.1:9/x", "dask://x", "git:///tmp:x")
    return [rows, _panic(folder / "flags.parquet"), *(files.matched([name])[1][name] for name in names)]


def _panic(file: Path) -> str:
    """Return what is said of a file of which a byte is another, one that has polars panic."""
    import polars as pl

    from swapbench_models.fingerprint import files

    pl.DataFrame({"a": [True, False, None] * 50}).write_parquet(file)
    content = file.read_bytes()
    for at in range(4, len(content) - 8):
        file.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        told = refusal(lambda: files.frame(str(file)))
        if "polars cannot read it" in told:
            return told
    return "no byte has polars panic"


def expression(pattern: str) -> tuple[str, bool]:
    """Return why an expression for moments in names is refused, or that a name of its author's was looked at."""
    from swapbench_models.fingerprint.logs.batcher import told_by

    try:
        return "", told_by(pattern)("a" * 200 + "!") is None
    except FamilyError as error:
        return str(error), False


def published_meta(folder: Path, data: Path) -> list[str]:
    """What is beside the weights of one of the reference's models, with values of other kinds."""
    from swapbench_models.fingerprint.model.autoencoder import AutoEncoder

    told = json.loads((data / "ae_meta.json").read_bytes())
    found = []
    for change in ({"model_kwargs": "x"}, {"numeric": [1]}, {"binary": 5}, {"loss_stats": {"a": 1.5}}):
        (folder / "meta.json").write_text(json.dumps({**told, **change}))
        found.append(refusal(lambda: AutoEncoder.from_reference(data / "ae_weights.npz", folder / "meta.json")))
    return found


def address(uri: str) -> str:
    """Return what is said of a store of models that does not answer."""
    from swapbench_models.fingerprint.model.stored import AutoEncoders
    from swapbench_models.store.mlflow_store import MlflowStore

    return refusal(lambda: MlflowStore(AutoEncoders(), uri))


def printed(words: str) -> tuple[str, str]:
    """Return what a family's command prints on both streams of what a file calls something."""
    from swapbench_models.ending import ended

    def command() -> int:
        print(words)
        raise FamilyError(words)

    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        assert ended(command) == 2
    return out.getvalue(), errors.getvalue()
