"""Beside the plugins that others use: installed together with them, swapbench changes nothing of plain tests, and they
nothing of what is measured."""

import re
from pathlib import Path

import pytest

from foreign import ROOT, Installed, installed, run, written

# The plugins of pytest that are used most, beside pytest-benchmark and pytest-xdist, without which there are no suites.
# anyio and hypothesis come with what swapbench requires.
PLUGINS = (
    "faker==40.63.0",
    "pytest-asyncio==1.5.0",
    "pytest-bdd==9.0.1",
    "pytest-codspeed==5.0.4",
    "pytest-cov==7.1.0",
    "pytest-django==4.14.0",
    "pytest-env==1.8.5",
    "pytest-forked==1.7.5",
    "pytest-freezer==0.4.9",
    "pytest-html==4.2.0",
    "pytest-httpx==0.36.2",
    "pytest-instafail==0.5.0",
    "pytest-memray==1.11.0",
    "pytest-metadata==3.1.1",
    "pytest-mock==3.17.0",
    "pytest-order==1.5.0",
    "pytest-randomly==5.1.0",
    "pytest-repeat==0.9.4",
    "pytest-rerunfailures==16.7",
    "pytest-socket==0.8.1",
    "pytest-split==0.11.0",
    "pytest-sugar==1.1.1",
    "pytest-timeout==2.4.0",
    "syrupy==7.0.2",
)
NAMES = ("anyio", "hypothesis", *(plugin.partition("==")[0] for plugin in PLUGINS))

THEIRS = {
    "pytest.ini": """
        [pytest]
        addopts = -p no:cacheprovider -W error
        asyncio_default_fixture_loop_scope = function
        asyncio_mode = auto
        env = THEIRS=1
        """,
    "tests/test_plain.py": """
        import os
        import sys

        import pytest

        @pytest.mark.parametrize("number", range(5))
        def test_number(number):
            assert number != 3

        @pytest.mark.skip(reason="theirs")
        def test_skipped(): ...

        @pytest.mark.xfail
        def test_expected():
            assert [1] == [2]

        async def test_awaited(mocker, faker, snapshot):
            assert faker.name() and mocker.Mock()

        def test_variables(request):
            assert os.environ["THEIRS"] == "1"
            assert [name for name in os.environ if name.startswith("SWAPBENCH_") and name != "SWAPBENCH_LOCKS"] == []

        def test_benchmark(benchmark):
            benchmark(int)
        """,
    "theirs.py": """
        import os
        import sys

        from sklearn.datasets import load_iris
        from sklearn.naive_bayes import GaussianNB

        def load():
            return load_iris(return_X_y=True)

        class Watched(GaussianNB):
            def fit(self, X, y):
                assert sys.gettrace() is None and "coverage" not in sys.modules
                return super().fit(X, y)

        class Broken(GaussianNB):
            def fit(self, X, y):
                raise ValueError("it is broken")
        """,
    "bench/test_mine.py": """
        from swapbench import Suite

        suite = Suite(
            "mine",
            models={"ours": {"sklearn": "theirs:Watched"}, "tree": {"sklearn": "sklearn.tree:DecisionTreeClassifier"}},
            dataset="theirs:load",
            folds=2,
            metrics=["accuracy"],
        )
        test_fit, test_predict = suite.tests()
        """,
    "broken/test_broken.py": """
        from swapbench import Suite

        suite = Suite("broken", models={"it": {"sklearn": "theirs:Broken"}}, dataset="theirs:load", folds=1)
        (test_fit, test_predict) = suite.tests()
        """,
    # Whatever starts Python is traced, also what is not a test.
    ".coveragerc": """
        [run]
        patch = subprocess
        parallel = true
        """,
}
CELLS = [
    f"test_{phase}[{model}-sklearn-data-fold{fold}]"
    for phase in ("fit", "predict")
    for model in ("ours", "tree")
    for fold in (0, 1)
]
# What each of them would do to the tests of cells.
ACTIVE = (
    *("--reruns=1", "--timeout=300", "--disable-socket", "--cov=theirs", "--cov-config=.coveragerc", "--cov-report="),
    *("--html=report.html", "--instafail", "--memray", "--force-sugar", "-p", "randomly", "-p", "no:pastebin"),
)


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return installed(tmp_path_factory.mktemp("beside"), *PLUGINS)


def _pytest(theirs: Path, beside: Installed, *options: str, status: int = 0) -> str:
    return run(
        theirs, beside.python, "-m", "pytest", *options, status=status, SWAPBENCH_LOCKS=str(theirs.parent / "locks")
    )


def _without_times(told: str) -> list[str]:
    """Return the lines of a run, without how long it took (and how far what is beside that is filled up) and without
    the plugin in lists of plugins."""
    plain = re.sub(r"\d+\.\d+s", "TIME", re.sub(r"'?swapbench(': '|-)[\d.]+'?, ", "", told))
    plain = re.sub(r"\[gw\d\] (\[ *\d+%\] )?", "", plain)  # which worker ran it, and as which of them
    return [re.sub("==+", "==", line) for line in plain.splitlines()]


def _files(theirs: Path) -> set[Path]:
    return {path for path in theirs.rglob("*") if "__pycache__" not in path.parts}


def test_the_plugins_are_named_where_a_user_looks() -> None:
    page = (ROOT / "docs" / "beside-others.md").read_text()
    assert [name for name in NAMES if name not in page] == []


@pytest.mark.long
@pytest.mark.both_cores
def test_plain_tests_are_what_they_are_without_swapbench(tmp_path: Path, beside: Installed) -> None:
    for workers in ((), ("-n2",)):
        told, left = {}, {}
        for plugin in ((), ("-p", "no:swapbench")):
            theirs = written(tmp_path / f"{len(workers)}{len(plugin)}" / "theirs", THEIRS)
            options = ("tests", "-v", "-p", "no:sugar", "--randomly-seed=7", "--benchmark-disable", *workers, *plugin)
            told[plugin] = _without_times(_pytest(theirs, beside, *options, status=1).replace(str(theirs), "THEIRS"))
            left[plugin] = {path.relative_to(theirs) for path in _files(theirs)}
        one, other = told.values()
        assert (sorted(one), left[()]) == (sorted(other), left["-p", "no:swapbench"])
        assert workers or one == other
        assert "1 failed, 7 passed, 1 skipped, 1 xfailed" in "".join(one)


@pytest.mark.long
@pytest.mark.both_cores
@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["plain", "n2"])
def test_a_suite_is_measured_beside_all_of_them(tmp_path: Path, beside: Installed, workers: tuple[str, ...]) -> None:
    theirs = written(tmp_path / "theirs", THEIRS)
    told = _pytest(theirs, beside, "bench", "--benchmark-only", "--swap-rounds=1", "-v", *ACTIVE, *workers)
    assert "8 cells: 8 ok" in told
    for cell in CELLS:
        assert cell in told


@pytest.mark.long
def test_a_cell_that_failed_is_not_measured_until_it_ends_well(tmp_path: Path, beside: Installed) -> None:
    theirs = written(tmp_path / "theirs", THEIRS)
    told = _pytest(theirs, beside, "broken", "--benchmark-only", "--reruns=2", status=1)
    assert "2 cells: 2 failed" in told
    assert "rerun" not in told.splitlines()[-1]


@pytest.mark.long
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--codspeed"], "pytest-codspeed has taken pytest-benchmark's place"),
        (["--forked"], "pytest-forked runs each test in a process of its own"),
        (["--count=2"], "a cell is measured once in a run"),
        (["--force-reruns=1"], "--force-reruns N would measure a cell that failed until it ends well"),
    ],
)
def test_what_cannot_be_right_is_refused_in_a_sentence(
    tmp_path: Path, beside: Installed, options: list[str], sentence: str
) -> None:
    theirs = written(tmp_path / "theirs", THEIRS)
    (line,) = [line for line in _pytest(theirs, beside, "bench", *options, status=4).splitlines() if "ERROR" in line]
    assert sentence in line
