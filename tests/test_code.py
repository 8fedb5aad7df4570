"""What a target stands on: nothing that determines a result is left out, and nothing is imported to find it."""

import importlib.metadata
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from swapbench.plan import distribution
from swapbench.plan.backend import Backend
from swapbench.plan.cell import Cell
from swapbench.plan.code import Code, code_of, forget
from swapbench.plan.suite import FIT, PREDICT, Model, Phase, Suite
from swapbench.plan.target import check
from swapbench.run import settling as jobs
from swapbench.run.backends import BACKENDS
from swapbench.run.cache import Cache, write_arrays
from swapbench.run.data import data_key
from swapbench.run.job import Job
from swapbench.run.lease import Slot
from swapbench.run.settings import Settings
from swapbench.run.settling import job

FILES = {
    # Everything that pk.sub.model:Model stands on.
    "pk/__init__.py": "",
    "pk/sub/__init__.py": "",
    "pk/sub/model.py": """
        '''A model; see notes.md and pk.unused_in_a_docstring.'''
        import json
        import pk.far.away as shortcut
        import library.part
        from . import layers
        from .. import siblings
        from ..exported import Base
        from ..stars import *
        from helpers_of_mine import scale
        LATE = {"lazy": "pk.lazy:Model"}
        def vocabulary():
            return open("beside.csv"), f"{LATE}.json"
        class Model(Base): ...
    """,
    "pk/sub/layers.py": "def late():\n    from pk.deep import depth\n",
    "pk/sub/beside.csv": "a",
    "pk/siblings.py": "import importlib\nothers = importlib.import_module('called_by_name')\n",
    "pk/exported/__init__.py": "from ._base import Base\n",
    "pk/exported/_base.py": "class Base: ...\n",
    "pk/stars.py": "a = 1\n",
    "pk/far/__init__.py": "",
    "pk/far/away.py": "",
    "pk/deep.py": "depth = 1\n",
    "pk/lazy.py": "",
    "pk/vocabulary.txt": "words",
    "pk/data/labels/names": "cat dog",
    "pk/unimported/table.toml": "",
    "pk/_fast.pyx": "",
    "helpers_of_mine.py": "scale = 1\n",
    "called_by_name.py": "",
}
OTHERS = {
    "pk/unimported/__init__.py": "",
    "pk/unimported/module.py": "",
    "pk/unused_in_a_docstring.py": "",
    "pk/notes.md": "",
    "pk/sub/README.rst": "",
    "pk/__pycache__/model.cpython-311.pyc": "",
    "pk/.hidden/kept.txt": "",
    "pk/made.egg-info/SOURCES.txt": "",
    "beside.csv": "",
    "unrelated.py": "",
    "site-packages/library/__init__.py": "",
    "site-packages/library/part.py": "",
    "site-packages/library-1.0.dist-info/METADATA": "Name: Library\nVersion: 1.0\nRequires-Dist: under>=1\n",
    "site-packages/library-1.0.dist-info/RECORD": "library/__init__.py,sha256=a,1\nlibrary/part.py,sha256=a,1\n",
    "site-packages/under-2.0.dist-info/METADATA": "Name: under\nVersion: 2.0\n",
    "site-packages/under-2.0.dist-info/RECORD": "under.py,sha256=a,1\n",
    "site-packages/left_by_hand.py": "",
}
_OWNERS = distribution.owners
TARGET = "pk.sub.model:Model"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        lines = text.splitlines()
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(line[indent:] for line in lines) + "\n")


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of own code on the import path, with libraries beside it."""
    write(tmp_path, FILES)
    write(tmp_path, OTHERS)
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    monkeypatch.syspath_prepend(tmp_path)
    known = {**_OWNERS(), "library": ["Library"]}  # read once, for it takes a fifth of a second
    monkeypatch.setattr(distribution, "owners", lambda: known)
    forget()
    yield tmp_path
    forget()


def read(target: str = TARGET) -> Code:
    """Return what another run would find."""
    forget()
    return code_of(target)


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "# edited\n")


@pytest.mark.parametrize("file", FILES)
def test_the_digest_changes_with_every_file_a_target_stands_on(code: Path, file: str) -> None:
    before = read().digest
    edit(code / file)
    assert read().digest != before


@pytest.mark.parametrize("file", [file for file in OTHERS if "dist-info" not in file])
def test_the_digest_ignores_what_no_result_can_stand_on(code: Path, file: str) -> None:
    before = read().digest
    edit(code / file)
    assert read().digest == before


@pytest.mark.parametrize("name", ["pk/new.toml", "pk/data/new"])
def test_the_digest_changes_with_files_that_come_go_or_are_renamed(code: Path, name: str) -> None:
    digests = [read().digest]
    write(code, {name: "x"})
    digests.append(read().digest)
    (code / name).rename(code / "pk" / "renamed")
    digests.append(read().digest)
    (code / "pk" / "renamed").unlink()
    assert read().digest == digests[0]
    assert len(set(digests)) == 3


@pytest.mark.parametrize("named", ["open(f'prompts/{name}.md')", "Path('docs') / name", "open('docs/words.json')"])
def test_documentation_is_data_for_code_that_names_its_kind_or_folder(code: Path, named: str) -> None:
    assert not read().prose
    write(code, {"pk/deep.py": f"def prompt(name):\n    return {named}\n"})
    assert read().prose
    before = read().digest
    edit(code / "pk" / "notes.md")
    assert read().digest != before


@pytest.mark.parametrize(
    "file", ["library-1.0.dist-info/METADATA", "library-1.0.dist-info/RECORD", "under-2.0.dist-info/RECORD"]
)
def test_the_digest_changes_with_every_installation_the_code_imports_and_what_that_needs(code: Path, file: str) -> None:
    """Also when a library is installed anew under the same version."""
    assert read().distributions == ("library",)
    before = read().digest
    path = code / "site-packages" / file
    path.write_text(path.read_text().replace("Version: 1.0", "Version: 1.1").replace("=a,", "=b,"))
    assert read().digest != before


def test_what_lies_among_libraries_and_belongs_to_none_is_own_code(code: Path) -> None:
    before = read("left_by_hand:x").digest
    edit(code / "site-packages" / "left_by_hand.py")
    assert read("left_by_hand:x").digest != before


def test_a_link_to_own_code_among_libraries_is_own_code(code: Path, tmp_path: Path) -> None:
    write(code, {"elsewhere/src/mine/__init__.py": "", "elsewhere/src/mine/model.py": ""})
    (code / "site-packages" / "mine").symlink_to(code / "elsewhere" / "src" / "mine")
    before = read("mine.model:x").digest
    edit(code / "elsewhere" / "src" / "mine" / "model.py")
    assert read("mine.model:x").digest != before


def test_a_second_own_project_on_the_path_is_followed(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an editable installation puts it there."""
    write(code, {"second/src/other/__init__.py": "", "second/src/other/parts.py": "", "mine.py": "import other.parts"})
    monkeypatch.syspath_prepend(code / "second" / "src")
    before = read("mine:x").digest
    edit(code / "second" / "src" / "other" / "parts.py")
    assert read("mine:x").digest != before


def test_own_code_that_bears_a_name_of_the_standard_library_is_own_code(code: Path) -> None:
    write(code, {"statistics.py": "def fmean(values): return 0\n", "mine.py": "import statistics\n"})
    before = read("mine:x").digest
    edit(code / "statistics.py")
    assert read("mine:x").digest != before


@pytest.mark.parametrize(
    "writing",
    ["open('mine.log', 'a')", "open('mine.log', mode='wb')", "Path(__file__).with_name('mine.log').write_text(t)"],
)
def test_a_file_beside_code_counts_when_it_is_named_unless_the_code_writes_it(code: Path, writing: str) -> None:
    write(
        code, {"mine.py": f"words = Path(__file__).parent / 'mine.csv'\n{writing}\n", "mine.csv": "1", "mine.log": "1"}
    )
    before = read("mine:x").digest
    edit(code / "mine.log")
    assert read("mine:x").digest == before
    edit(code / "mine.csv")
    assert read("mine:x").digest != before


def test_a_package_of_folders_counts_with_its_files(code: Path) -> None:
    write(code, {"folders/deeper/model.py": "", "folders/table.csv": "1"})
    digests = [read("folders.deeper.model:x").digest]
    for name in ("folders/deeper/model.py", "folders/table.csv"):
        edit(code / name)
        digests.append(read("folders.deeper.model:x").digest)
    assert len(set(digests)) == 3


def test_linked_folders_of_a_package_are_followed_once(code: Path) -> None:
    write(code, {"outside/weights.bin": "1"})
    (code / "pk" / "weights").symlink_to(code / "outside")
    (code / "outside" / "round").symlink_to(code / "pk")
    before = read().digest
    edit(code / "outside" / "weights.bin")
    assert read().digest != before


def test_modules_that_are_no_source_count_with_their_bytes(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(code, {"built.abi3.so": "machine code", "mine.py": "import built, archived\n"})
    with zipfile.ZipFile(code / "own.zip", "w") as archive:
        archive.writestr("archived.py", "x = 1\n")
    monkeypatch.syspath_prepend(code / "own.zip")
    digests = [read("mine:x").digest]
    for name in ("built.abi3.so", "own.zip"):
        with (code / name).open("ab") as file:
            file.write(b"changed")
        digests.append(read("mine:x").digest)
    assert len(set(digests)) == 3


@pytest.mark.parametrize(
    "source",
    [
        "from importlib import import_module\nimport_module('pk.' + name)\n",
        "import importlib as il\nil.import_module(f'{__package__}.{name}')\n",
        "from importlib import import_module as load\nload(name)\n",
        "from importlib import import_module\nimport_module('.x', package)\n",
        "__import__(name)\n",
        "import sys\nsys.path.insert(0, 'vendor')\nimport vendored\n",
        "import pkgutil\nfor found in pkgutil.iter_modules(__path__): ...\n",
        "exec(text)\n",
        "import importlib\ngetattr(importlib, 'import_module')(name)\n",
        "import subprocess, sys\nsubprocess.run([sys.executable, script])\n",
        "from subprocess import run\nrun(['python', script])\n",
        "import os\nos.execv(python, [script])\n",
        "import asyncio\nasyncio.create_subprocess_exec(python, script)\n",
    ],
)
def test_code_that_computes_what_it_imports_stands_on_all_around_it_and_says_so(code: Path, source: str) -> None:
    write(code, {"pk/deep.py": source})
    assert read().computed == ("pk.deep",)
    before = read().digest
    edit(code / "pk" / "unimported" / "module.py")
    assert read().digest != before


def test_documentation_in_a_package_is_data_where_code_lists_folders(code: Path) -> None:
    write(code, {"pk/deep.py": "for prompt in folder.iterdir(): prompt.read_text()\n", "pk/prompts/a.md": "Say."})
    before = read().digest
    edit(code / "pk" / "prompts" / "a.md")
    assert read().digest != before


def test_code_that_starts_programs_stands_on_scripts_that_nothing_can_import(code: Path) -> None:
    write(code, {"pk/deep.py": "import subprocess\n", "pk/run-me.py": "x = 1\n"})
    before = read().digest
    edit(code / "pk" / "run-me.py")
    assert read().digest != before


@pytest.mark.parametrize(
    "source",
    [
        "import importlib\nimportlib.import_module('pk.lazy')\nimportlib.import_module('.lazy', __package__)\n",
        "model.eval()\nre.compile('a')\nimport importlib.util\nimportlib.util.find_spec('torch')\n",
        "import os\nos.path.join('a', 'b')\n",
    ],
)
def test_code_that_names_what_it_imports_computes_nothing(code: Path, source: str) -> None:
    write(code, {"pk/deep.py": source})
    assert read().computed == ()


def test_a_test_file_whose_functions_are_targets_is_followed(code: Path) -> None:
    write(
        code,
        {"test_mine.py": "import conftest\nfrom helpers_of_mine import scale\ndef build(): ...\n", "conftest.py": ""},
    )
    for name in ("test_mine.py", "conftest.py", "helpers_of_mine.py"):
        before = read("test_mine:build").digest
        edit(code / name)
        assert read("test_mine:build").digest != before


@pytest.mark.parametrize("text", ["def broken(:\n", "\0", "import pk.sub.model\nfrom .... import beyond\n"])
def test_source_that_makes_no_sense_is_known_by_its_bytes(code: Path, text: str) -> None:
    (code / "odd.py").write_text(text)
    before = read("odd:x").digest
    (code / "odd.py").write_text(text + " ")
    assert read("odd:x").digest != before


def test_finding_and_tracing_code_imports_nothing(code: Path) -> None:
    before = set(sys.modules)
    assert set(read().modules) >= {"pk", "pk.sub", "pk.sub.model", "pk.lazy", "called_by_name"}
    check("pk.deep:depth", "owner")
    assert not {"pk", "library", "helpers_of_mine"} & (set(sys.modules) - before)


def test_two_checkouts_of_the_same_code_have_the_same_digest(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read().digest
    write(tmp_path / "other", FILES)
    monkeypatch.syspath_prepend(tmp_path / "other")
    assert str(read().modules["pk"]).startswith(str(tmp_path / "other"))
    assert read().digest == before


def test_targets_of_one_module_share_its_digest(code: Path) -> None:
    assert read("pk.deep:A").digest == read("pk.deep:B").digest != read("pk.lazy:A").digest


def test_what_brings_a_module_is_what_the_standard_library_says(code: Path) -> None:
    """Here, and of distributions that say nothing of their files, that declare a name, and that bring a lone module."""
    write(
        code / "site-packages",
        {
            "declared-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: De.clared\nVersion: 1.0\n",
            "declared-1.0.dist-info/RECORD": "elsewhere/__init__.py,,\n",
            "declared-1.0.dist-info/top_level.txt": "told\n",
            "under.py": "",  # what is listed and not there, some finders of distributions leave out
            "bare-1.0.dist-info/METADATA": "Name: bare\nVersion: 1.0\n",
            "old-1.0.egg-info/PKG-INFO": "Name: old\nVersion: 1.0\n",
            "old-1.0.egg-info/SOURCES.txt": "setup.py\nold/__init__.py\n",
            "old-1.0.egg-info/installed-files.txt": "../old/__init__.py\n",
        },
    )
    ours, known = _OWNERS.__wrapped__(), importlib.metadata.packages_distributions()
    assert {name: sorted(own) for name, own in ours.items()} == {name: sorted(own) for name, own in known.items()}
    assert {"library", "under", "told"} <= ours.keys()


def test_where_an_installed_copy_came_from_is_known(code: Path) -> None:
    folder = code / "site-packages" / "library-1.0.dist-info"
    assert distribution.copied_from("library") is None
    for text, path in (
        ('{"url": "file:///home/me/my%20project", "dir_info": {}}', Path("/home/me/my project")),
        ('{"url": "file:///home/me/dist/x.whl", "archive_info": {}}', Path("/home/me/dist/x.whl")),
        ('{"url": "file:///home/me/project", "dir_info": {"editable": true}}', None),
        ('{"url": "https://example.org/x.git", "vcs_info": {}}', None),
        ("{", None),
    ):
        (folder / "direct_url.json").write_text(text)
        assert distribution.copied_from("library") == path


# Keys: what a cell and its fitted model are known by


@pytest.fixture
def settings(code: Path, tmp_path: Path) -> Settings:
    return Settings(tmp_path / "store", Slot("exclusive", (0,)))


def suite(**changes: object) -> Suite:
    declared: dict[str, object] = {
        "models": {"m": Model({"python": TARGET, "sklearn": TARGET}, {"depth": 2})},
        "dataset": "helpers_of_mine:load",
        "metrics": ["accuracy"],
    }
    return Suite("mine", **{**declared, **changes})  # type: ignore[arg-type]


def job_of(declared: Suite, settings: Settings, phase: Phase = PREDICT, backend: str = "python") -> Job:
    forget()
    key = data_key("data", declared.datasets["data"], None)
    if not Cache(settings.cache).has(key):
        Cache(settings.cache).make(key, lambda folder: write_arrays(folder, {"X": np.zeros((4, 1)), "y": np.arange(4)}))
    return job(declared, phase, Cell("mine", "m", backend, "data", 0, phase.name, "quick"), settings)


def _python(**changes: object) -> dict[str, Backend]:
    return {"python": replace(BACKENDS["python"], **changes)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"backends": _python(environment=(("SLOW", "1"),))},
        {"backends": _python(preload=("pk.deep",))},
        {"backends": _python(module="json")},
        {"backends": _python(distributions=("numpy",))},
        {"models": {"m": Model({"python": TARGET}, {"depth": 3})}},
        {"models": {"m": Model({"python": "pk.deep:Model"}, {"depth": 2})}},
        {"phases": [replace(FIT, part="all"), "predict"]},
        {"split": "pk.deep:split"},
    ],
)
def test_cell_and_fitted_model_are_known_by_every_declaration_they_stand_on(
    settings: Settings, changed: dict[str, object]
) -> None:
    before, after = job_of(suite(), settings), job_of(suite(**changed), settings)
    assert before.key != after.key
    assert before.request.fitted != after.request.fitted


def test_two_backends_never_share_a_fitted_model(settings: Settings) -> None:
    one, two = (job_of(suite(), settings, backend=name) for name in ("python", "sklearn"))
    assert one.request.fitted != two.request.fitted


@pytest.mark.parametrize("file", FILES)
def test_cell_and_fitted_model_are_known_by_every_file_they_stand_on(settings: Settings, code: Path, file: str) -> None:
    before = job_of(suite(), settings)
    edit(code / file)
    after = job_of(suite(), settings)
    assert before.key != after.key
    assert before.request.fitted != after.request.fitted


@pytest.mark.parametrize("change", [{"seed": 1}, {"threads": 2}, {"folds": 4}])
def test_cell_and_fitted_model_are_known_by_how_they_were_made(settings: Settings, change: dict[str, int]) -> None:
    before, after = job_of(suite(), settings), job_of(suite(), replace(settings, **change))  # type: ignore[arg-type]
    assert before.key != after.key
    assert before.request.fitted != after.request.fitted


def test_cell_and_fitted_model_are_known_by_their_device_and_the_instrument(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {job_of(suite(), settings).key, job_of(suite(), settings).key}
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "accelerators", lambda _: ("NVIDIA H100",))
        keys.add(job_of(suite(), settings).key)
    with monkeypatch.context() as patched:
        patched.setattr("swapbench.plan.code.instrument", lambda: "another")
        keys.add(job_of(suite(), settings).key)
    assert len(keys) == 3


def test_a_cell_is_known_by_the_phases_that_run_before_its_own(settings: Settings) -> None:
    search = Phase("search", after="index")
    keys = {
        job_of(suite(phases=[Phase("index", part=part), search]), settings, search).key
        for part in ("train", "test")  # type: ignore[arg-type]
    }
    assert len(keys) == 2


def test_a_record_names_the_versions_of_what_own_modules_import(settings: Settings) -> None:
    versions = job_of(suite(), settings).versions
    assert versions["library"] == "1.0"
    assert {"python", "numpy", "scikit-learn"} <= versions.keys()


def test_a_job_says_which_modules_compute_what_they_import(settings: Settings, code: Path) -> None:
    write(code, {"pk/lazy.py": "exec(text)\n", "scoring.py": "exec(text)\n"})
    assert job_of(suite(split="scoring:split"), settings).computed == ("pk.lazy", "scoring")


def test_a_job_survives_being_written(settings: Settings) -> None:
    made = job_of(suite(), settings)
    assert Job.from_dict(made.as_dict()) == made


def test_planning_reads_each_file_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that 2,000 cells cost no more than one."""
    declared, read_files = suite(), []
    job_of(declared, settings)
    forget()
    whole = Path.read_bytes

    def counted(path: Path) -> bytes:
        read_files.append(path)
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    for fold in range(50):
        job(declared, PREDICT, Cell("mine", "m", "python", "data", fold % 3, "predict", "quick"), settings)
    own = [path for path in read_files if "pk" in path.parts]
    assert len(own) <= 2 * len(set(own))  # once for its bytes, once for what it says
