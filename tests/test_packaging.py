"""What is published and installed: constraints that hold for every extra, all that is ours and nothing else in what is
built, and a wheel that serves somebody else's repository."""

import os
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text()


def test_constraints_were_renewed_after_the_requirements_changed() -> None:
    digest = runpy.run_path(str(ROOT / ".ci" / "constraints"))["requirements_digest"]
    assert f"# requirements sha256: {digest(ROOT / 'pyproject.toml')}\n" in CONSTRAINTS, "stale: run .ci/constraints"


def test_every_requirement_admits_the_version_that_is_pinned_for_it() -> None:
    lines = [line for line in CONSTRAINTS.splitlines() if not line.startswith("#")]
    pins = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}
    extras = PROJECT["optional-dependencies"].values()
    for text in (*PROJECT["dependencies"], *(text for extra in extras for text in extra)):
        asked = Requirement(text)
        if asked.name != PROJECT["name"]:
            assert asked.specifier.contains(pins[canonicalize_name(asked.name)]), text


def _run(folder: Path, *command: str, status: int = 0) -> str:
    """Run a command in a folder as its user would, without what this test's own environment would lend it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHONPATH"))}
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.soak
@pytest.mark.long
def test_all_extras_can_be_installed_together_with_the_constraints() -> None:
    asked = ["--dry-run", "--ignore-installed", "--quiet", "--constraint", "constraints.txt", ".[all,dev]"]
    _run(ROOT, sys.executable, "-m", "pip", "install", *asked)


FOLDERS = ("bench", "docs", "harness", "models", "tests")
ABOUT = f"{PROJECT['name']}-{PROJECT['version']}.dist-info"
LITTER = (
    ".benchmarks/swapbench/journal.sqlite",
    "bench/.benchmarks/notes.json",
    "bench/.pytest_cache/README.md",
    "docs/.ruff_cache/notes.md",
    "docs/dist/page.html",
    "harness/swapbench/__pycache__/plan.cpython-311.pyc",
    "models/.mypy_cache/notes.json",
    "notes.txt",
    "shared/notes.md",
    "tests/.hypothesis/examples",
)


@dataclass(frozen=True)
class Built:
    """What was built of a tree in which much lay about: names of the tree's own files and of the sdist's, the files of
    the wheel made of the sdist and of the one made of the tree, and what each of the three says of itself."""

    ours: set[str]
    sources: set[str]
    wheels: tuple[dict[str, bytes], dict[str, bytes]]
    metadata: list[bytes]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    tree, python = folder / "tree", str(folder / "tools" / "bin" / "python")
    caches = (".*_cache", ".benchmarks", ".hypothesis", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".tox", ".venv", "shared", *caches))
    ours = {str(file.relative_to(tree)) for top in FOLDERS for file in (tree / top).rglob("*") if file.is_file()}
    for name in LITTER:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("it lay about")
    _run(folder, sys.executable, "-m", "venv", "tools")
    _run(folder, python, "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), "build")
    _run(folder, python, "-m", "build", "--outdir", "published", "tree")
    _run(folder, python, "-m", "build", "--wheel", "--outdir", "straight", "tree")
    (packed,) = (folder / "published").glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
        told = archive.extractfile(f"{packed.name.removesuffix('.tar.gz')}/PKG-INFO")
        metadata = [told.read() if told else b""]
    wheels = []
    for made in ("published", "straight"):
        (wheel,) = (folder / made).glob("*.whl")
        with ZipFile(wheel) as archive:
            wheels.append({name: archive.read(name) for name in archive.namelist()})
        metadata.append(wheels[-1][f"{ABOUT}/METADATA"])
    return Built(ours, sources, (wheels[0], wheels[1]), metadata)


@pytest.mark.long
def test_an_sdist_has_all_that_one_needs_to_build_and_prove_it_and_nothing_that_lay_about(built: Built) -> None:
    beside = {name for name in built.sources if name.partition("/")[0] not in FOLDERS}
    assert built.sources - beside == built.ours
    assert beside == {
        *(".ci/constraints", ".ci/run", ".gitignore", "PKG-INFO", "conftest.py", "constraints.txt", "pyproject.toml"),
        *(".pre-commit-config.yaml", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "tox.ini"),
    }


@pytest.mark.long
def test_a_wheel_has_two_packages_and_is_the_same_of_the_sdist_and_of_the_tree(built: Built) -> None:
    of_sdist, of_tree = built.wheels
    assert of_sdist == of_tree
    assert {name.partition("/")[0] for name in of_sdist} == {"swapbench", "swapbench_models", ABOUT}
    packages = {name.partition("/")[2] for name in built.ours if name.startswith(("harness/", "models/"))}
    assert {name for name in of_sdist if not name.startswith(ABOUT)} == packages


@pytest.mark.long
def test_what_is_built_says_what_it_is(built: Built) -> None:
    for text in built.metadata:
        told = Metadata.from_email(text, validate=True)
        assert (told.name, str(told.version)) == (PROJECT["name"], PROJECT["version"])
        assert (told.license_expression, told.license_files) == ("Apache-2.0", ["LICENSE"])
        assert told.description_content_type == "text/markdown"
        assert str(told.description).strip() == (ROOT / "README.md").read_text().strip()


FOREIGN = {
    "pyproject.toml": """
        [build-system]
        requires = ["setuptools>=77"]
        build-backend = "setuptools.build_meta"
        [project]
        name = "theirs"
        version = "1"
        [project.entry-points.pytest11]
        theirs = "theirs.plugin"
        [tool.setuptools]
        packages = ["theirs"]
        [tool.pytest.ini_options]
        addopts = ["-p", "no:cacheprovider", "--strict-markers", "--strict-config"]
        filterwarnings = ["error"]
        """,
    "theirs/__init__.py": "",
    "theirs/plugin.py": """
        import pytest

        @pytest.fixture(autouse=True)
        def felt_by_every_test(request):
            return request.config.option.theirs

        def pytest_addoption(parser):
            parser.addoption("--theirs", default="theirs")
        """,
    "harness/__init__.py": "NAME = 'their own harness'",
    "models/__init__.py": "",
    "swapbench/baseline.txt": "a folder of their own, not a package",
    "models/majority.py": """
        import numpy as np

        class Majority:
            def fit(self, X, y):
                self.label = np.bincount(y).argmax()

            def predict(self, X):
                return np.full(len(X), self.label)

        def load():
            X = np.random.default_rng(0).normal(size=(60, 3))
            return X, (X[:, 0] > 0).astype(int)
        """,
    "conftest.py": """
        import theirs.plugin

        def pytest_configure(config):
            config.addinivalue_line("markers", "slow: theirs")
        """,
    "tests/test_their_own.py": """
        from harness import NAME
        from models.majority import Majority

        def test_their_packages_are_theirs():
            assert NAME == "their own harness" and Majority.__module__ == "models.majority"
        """,
    "bench/test_theirs.py": """
        import pytest
        from swapbench import Suite

        suite = Suite(
            "theirs",
            models={
                "majority": {"python": "models.majority:Majority"},
                "linear": {"sklearn": "sklearn.linear_model:LogisticRegression"},
            },
            dataset="models.majority:load",
            metrics=["accuracy"],
        )
        test_fit, test_predict = suite.tests()
        test_fit = pytest.mark.slow(test_fit)
        """,
}


@pytest.mark.soak
@pytest.mark.long
def test_the_wheel_serves_a_repository_with_a_plugin_and_folders_like_ours_and_warnings_as_errors(
    tmp_path: Path,
) -> None:
    home, theirs = tmp_path / "environment", tmp_path / "theirs"
    for name, text in FOREIGN.items():
        (theirs / name).parent.mkdir(parents=True, exist_ok=True)
        (theirs / name).write_text("\n".join(line.removeprefix(" " * 8) for line in text.strip("\n").split("\n")))
    _run(ROOT, sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), ".")
    (wheel,) = tmp_path.glob("*.whl")
    _run(tmp_path, sys.executable, "-m", "venv", str(home))
    python, swapbench = (str(home / "bin" / name) for name in ("python", "swapbench"))
    pip = [python, "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt")]
    _run(theirs, *pip, str(wheel))
    _run(theirs, *pip, "--editable", ".")
    git = ["git", "-c", "user.name=they", "-c", "user.email=they@example.invalid"]
    _run(theirs, "git", "init", "--quiet")
    _run(theirs, *git, "add", ".")
    _run(theirs, *git, "commit", "--quiet", "--message", "theirs")

    files = _run(theirs, *pip[:3], "show", "--files", "swapbench").split("Files:")[1].split()
    assert {file.partition("/")[0] for file in files if ".py" in file} == {"swapbench", "swapbench_models"}
    assert "1 passed" in _run(theirs, python, "-m", "pytest", "tests")
    assert "theirs: 12 cells" in _run(theirs, swapbench, "list", "bench")
    measure = [python, "-m", "pytest", "bench/", "--benchmark-only"]
    assert "12 passed" in _run(theirs, *measure)
    assert "12 passed" in _run(theirs, *measure, "-n", "2")
    _run(theirs, swapbench, "accept")
    _run(theirs, *measure, "--swap-gate")
    _run(theirs, swapbench, "ab", "HEAD", "--budget", "60")
    _run(theirs, swapbench, "report", "-o", "report.md")
