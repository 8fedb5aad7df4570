"""The store of models, with models of no family of ours: names, what is checked, the shelf, MLflow."""

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow import MlflowClient, pyfunc
from numpy.typing import NDArray

from swapbench_models.store.error import ModelError, TemplateError
from swapbench_models.store.family import Description, Facts
from swapbench_models.store.memory import MemoryStore
from swapbench_models.store.mlflow_store import MlflowStore
from swapbench_models.store.names import filled, plain
from swapbench_models.store.sealed import Sealed, write
from swapbench_models.store.shelf import Shelf
from swapbench_models.store.store import Entry, Store


@dataclass(frozen=True)
class Line:
    """y = weights[0] + weights[1] x."""

    weights: NDArray[np.float32]

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"y": self.weights[0] + self.weights[1] * frame["x"]})


class Lines:
    """What a family does for the store."""

    def save(self, model: Line) -> dict[str, bytes]:
        file = io.BytesIO()
        np.save(file, model.weights, allow_pickle=False)
        return {"weights.npy": file.getvalue()}

    def load(self, files: Sealed) -> Line:
        content = files.read("weights.npy")
        try:
            return Line(np.load(io.BytesIO(content), allow_pickle=False))
        except ValueError as error:
            raise ModelError(f"{files.folder} holds no line: {error}") from error

    def describe(self, model: Line, facts: Facts) -> Description:
        parameters = {"Rows": facts["count"], "slope": model.weights[1]}
        metrics = {"loss": (3.0, 2.0, 1.0), "error: 1 %": (0.5,)}
        return Description("fit", parameters, metrics, {"x": "number"}, {"y": "number"}, __name__, ("numpy", "nobody"))


def _load_pyfunc(path: str) -> Line:
    """Read a line for mlflow.pyfunc."""
    return Lines().load(Sealed(Path(path)))


LINE = Line(np.array([1.0, 2.0], np.float32))
ENTRY = Entry(plain("a.b/c"), "lines", {"of": "a.b/c"}, {"count": 3, "road": "M 1"})


@pytest.fixture
def uri(tmp_path: Path, mlflow_database: Path) -> str:
    return f"sqlite:///{shutil.copy(mlflow_database, tmp_path)}"


@pytest.fixture(params=["memory", "mlflow"])
def store(request: pytest.FixtureRequest, uri: str) -> Store[Line]:
    return MemoryStore() if request.param == "memory" else MlflowStore(Lines(), uri)


def same(one: Line | None, other: Line) -> bool:
    return one is not None and one.weights.dtype == other.weights.dtype and bool((one.weights == other.weights).all())


# Names


# Pieces of which names are made that are hard to tell apart.
PIECES = st.sampled_from(
    [
        *("_dot_", "_dot", "dot_", "_slash_", "generic_user", "~user", "e\u0301", "用户"),
        *"._/:'\"`~aB \n\\%é",
        *("0123456789abcdef" * 2, "~" + "0" * 32, "x" * 70),
    ]
)
TEXTS = st.lists(PIECES, max_size=6).map("".join) | st.text(st.characters(exclude_categories=("Cs",)))


@given(st.lists(TEXTS, unique=True, max_size=12))
def test_no_two_texts_share_a_name_and_every_name_is_short_and_can_be_registered(texts: list[str]) -> None:
    names = [plain(text) for text in texts]
    assert len(set(names)) == len(texts)
    assert all(0 < len(name) <= 120 and name == name.strip() and name.isprintable() for name in names)
    assert not set("./:'\"`") & set("".join(names))


@given(st.from_regex(r"[A-Za-z0-9@+_-]{1,60}", fullmatch=True).filter(lambda text: "_" not in text))
def test_a_plain_name_is_kept_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_what_names_cannot_hold_becomes_words_where_it_can_be_told_from_them() -> None:
    assert plain("ann.lee@host.com") == "ann_dot_lee@host_dot_com"
    assert plain("DOMAIN\\ann_lee") == "DOMAIN\\ann_lee"
    assert plain("a.b") == "a_dot_b"
    assert plain("a_dot_b").startswith("a_dot_b~")


def test_a_template_may_name_only_its_fields() -> None:
    assert filled("line-{road}", road="M1") == "line-M1"
    for template in ("{nobody}", "{road.nobody}", "{road", "{0}"):
        with pytest.raises(TemplateError, match=r" cannot be filled in: it may name \{road\}\.$"):
            filled(template, road="M1")


# What is checked


def flipped(path: Path) -> None:
    """Flip two bits in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0b101
    path.write_bytes(content)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("name", ["weights.npy", "SHA256SUMS"])
@pytest.mark.parametrize("damage", [flipped, Path.unlink])
def test_what_is_not_as_it_was_written_is_not_loaded(tmp_path: Path, name: str, damage: Callable[[Path], None]) -> None:
    write(tmp_path / "line", Lines().save(LINE))
    assert same(Lines().load(Sealed(tmp_path / "line")), LINE)
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "line", check=True)
    damage(tmp_path / "line" / name)
    with pytest.raises(ModelError, match=rf"^The model in {tmp_path}/line is (damaged|not whole): .*{name}"):
        Lines().load(Sealed(tmp_path / "line"))


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/b", "..", ".", "", "a\nb", "a\0b", "SHA256SUMS"])
def test_no_file_of_a_model_lies_elsewhere_or_stands_for_the_sums(tmp_path: Path, name: str) -> None:
    (tmp_path / "up").write_bytes(b"not of the model")
    with pytest.raises(ModelError, match=r"^'.*' is no name of a file of a model\.$"):
        write(tmp_path / "line", {"good": b"", name: b""})
    assert [*tmp_path.iterdir()] == [tmp_path / "up"]
    write(tmp_path / "line", {"good": b""})
    with pytest.raises(ModelError, match=r"^'.*' is no name of a file of a model\.$"):
        Sealed(tmp_path / "line").read(name)


# Where models are kept


def test_every_store_gives_back_the_last_version_of_a_name(store: Store[Line]) -> None:
    assert store.latest(ENTRY.name) is None
    assert store.put(LINE, ENTRY) == "a_dot_b_slash_c:1"
    steep = Line(np.array([0.5, 9.0], np.float32))
    assert store.put(steep, ENTRY) == "a_dot_b_slash_c:2"
    found = store.latest(ENTRY.name)
    assert found is not None
    assert found.label == "a_dot_b_slash_c:2"
    assert same(found.model, steep)
    assert store.latest("nobody") is None


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")  # MLflow warns of its own types
def test_mlflow_has_what_a_family_tells_of_a_model(uri: str) -> None:
    store, client = MlflowStore(Lines(), uri), MlflowClient(uri, uri)
    store.put(LINE, ENTRY)
    (version,) = client.search_model_versions(f"name='{ENTRY.name}'")
    run = client.get_run(version.run_id)
    assert client.get_experiment(run.info.experiment_id).name == "lines"
    assert (run.info.run_name, run.info.status, run.data.tags["of"]) == ("fit", "FINISHED", "a.b/c")
    assert run.data.params == {"Rows": "3", "slope": "2.0"}
    assert run.data.metrics["error_ 1 _"] == 0.5
    assert [each.value for each in client.get_metric_history(version.run_id, "loss")] == [3.0, 2.0, 1.0]
    assert version.tags == {"count": "3", "road": "M 1"}
    loaded = pyfunc.load_model(version.source)
    assert loaded.predict(pd.DataFrame({"x": [1.0, 2.0]}))["y"].tolist() == [3.0, 5.0]
    needs = Path(pyfunc.get_model_dependencies(version.source)).read_text()
    assert needs == f"numpy=={np.__version__}\n"


def test_a_model_that_was_damaged_in_mlflow_is_named(uri: str) -> None:
    MlflowStore(Lines(), uri).put(LINE, ENTRY)
    (version,) = MlflowClient(uri, uri).search_model_versions(f"name='{ENTRY.name}'")
    flipped(Path(version.source.removeprefix("file://")) / "data" / "weights.npy")
    with pytest.raises(ModelError, match=r"^a_dot_b_slash_c:1: .*weights\.npy is not what its SHA256SUMS says"):
        MlflowStore(Lines(), uri).latest(ENTRY.name)


@pytest.mark.parametrize(
    ("note", "words"), [("5", "holds no facts, but 5"), ("no JSON", "is no JSON"), ("[" * 10**5, "too deep")]
)
def test_a_model_whose_note_says_nothing_stays_on_the_shelf_and_the_others_leave_it(
    tmp_path: Path, note: str, words: str
) -> None:
    shelf = Shelf(Lines(), tmp_path, ("road",))
    write(tmp_path / "0", {**Lines().save(LINE), "about.json": note.encode()})
    shelf.put(LINE, {"road": "M 1"})
    first, second = shelf.send(lambda _, facts: str(facts["road"]))
    assert (first.place, first.label, second.label) == (tmp_path / "0", None, "M 1")
    assert words in str(first.error)


def test_what_waits_on_the_shelf_comes_into_the_store_whole_or_not_at_all(tmp_path: Path, store: Store[Line]) -> None:
    shelf = Shelf(Lines(), tmp_path / "shelf", ("road", "count"))
    assert shelf.waiting() == []
    damaged, wordless = shelf.put(LINE, {"road": "M 2", "count": 1}), shelf.put(LINE, {"road": "M 3"})
    truncated(damaged / "weights.npy")
    shelf.put(LINE, {"road": "M 1", "count": 3})

    def put(model: Line, note: Facts) -> str:
        return store.put(model, Entry(plain(str(note["road"])), "lines", {}, note))

    sent = [*shelf.send(put)]
    assert [each.label for each in sent if each.label] == ["M 1:1"]
    assert {each.place: str(each.error) for each in sent if each.error} == {
        damaged: f"The model in {damaged} is damaged: weights.npy is not what its SHA256SUMS says. Train it again.",
        wordless: f"{wordless}/about.json does not say 'count'; train the model again.",
    }
    assert {*shelf.waiting()} == {damaged, wordless}
    found = store.latest("M 1")
    assert found is not None
    assert same(found.model, LINE)
