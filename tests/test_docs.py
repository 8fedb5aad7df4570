"""What the documentation shows works as it stands there, and what it names is there."""

import importlib
import re
import runpy
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from helpers import SPARED, environment, require
from sandbox import Sandbox
from swapbench.judge import verdict
from swapbench_models.neural.generate.generate import WRITERS, generate
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.meaning.kinds.kinds import KINDS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PARTS = ("bench", "docs", "harness", "models", "tests")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
EVERYWHERE = sorted({*PAGES, *(page for part in PARTS for page in (ROOT / part).rglob("*.md"))})
_ADDRESS = re.compile(r"\]\(https?://[^)\s]+\)")
_LINK = re.compile(r"\]\((?P<path>[^)#:\s]*)(?:#(?P<part>[^)\s]*))?\)")
_BLOCK = re.compile(r"```(?:python|toml)\n# (?P<path>\S+)\n(?P<code>.*?)```", re.DOTALL)


def _written(sandbox: Sandbox, page: str) -> set[str]:
    """Write the files that a page shows, and return their names."""
    files = {match["path"]: match["code"] for match in _BLOCK.finditer((DOCS / page).read_text())}
    for name, code in files.items():
        path = sandbox.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
    return set(files)


def test_the_example_of_ones_own_models_runs(sandbox: Sandbox) -> None:
    assert _written(sandbox, "your-own-models.md") == {
        *("bench/test_mine.py", "mypkg/data.py", "mypkg/nearest.py", "mypkg/lightgbm_backend.py"),
        *("bench/test_rounded.py", "mypkg/rounded.py", "mypkg/compiled.py"),
    }

    run = sandbox.run("bench/", "--benchmark-only", "-q", "--swap-rounds=1")

    assert run.status == 0, run.output
    assert run.outcomes == {"passed": 20}
    for line in ("mine on data, quick, 3 folds", r"forest +sklearn", r"mean +python", ".*20 cells: 20 ok"):
        assert re.search(f"^{line}", run.out, re.MULTILINE)
    assert re.search(r"^rounded +python", run.out, re.MULTILINE)


@pytest.mark.long
def test_the_example_of_clips_of_ones_own_runs(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether features of clips are kept changes no prediction."""
    require("torch", "timm", "av", "skimage")
    from swapbench_models.video.data.generate import generate
    from swapbench_models.video.data.plan import Plan

    assert _written(sandbox, "video.md") == {
        *("bench/test_mine.py", "mypkg/clips.py", "mypkg/brightness.py", "mypkg/anew.py")
    }
    generate(Plan(clips=24, frames=8, size=64), sandbox.folder / "clips")
    (sandbox.folder / "temporary").mkdir()
    for name, folder in (("SWAPBENCH_VIDEO", "kept"), ("TMPDIR", "temporary")):
        monkeypatch.setenv(name, str(sandbox.folder / folder))
    run = sandbox.run("bench/", "--benchmark-only", "-q", "--swap-rounds=1", "--swap-folds=2", "--swap-slot=none")
    assert run.status == 0, run.output
    assert run.outcomes == {"passed": 16}
    fits = [record for record in run.records if record.cell.phase == "fit"]
    said = {(record.cell.model, record.cell.fold): record.predictions_sha256 for record in fits}
    assert all(said["svm", fold] == said["svm_anew", fold] != said["brightness", fold] for fold in (0, 1))


def test_the_example_of_recordings_of_ones_own_runs(sandbox: Sandbox) -> None:
    """Those of one's own take part where it is said where they lie."""
    from swapbench_models.can.data.generate import generate
    from swapbench_models.can.data.plan import Plan

    assert _written(sandbox, "can.md") == {"bench/test_mine.py", "mypkg/rare.py"}
    generate(Plan("set_04"), sandbox.folder / "logs").rename(sandbox.folder / "logs" / "drives")
    chosen = ("--swap-rounds=1", "--swap-slot=none", "--swap-phase=predict", "--swap-data=logs")
    run = sandbox.run("bench/", "--benchmark-only", "-q", *chosen)
    assert run.status == 0, run.output
    assert run.outcomes["passed"] == 16
    assert {record.cell.dataset for record in run.records if record.scores} == {"generated", "drives"}


@pytest.mark.long
def test_the_example_of_a_variant_of_a_model_that_comes_with_it_predicts_the_same(sandbox: Sandbox) -> None:
    require("torch")
    _written(sandbox, "your-own-models.md")
    code = """
import numpy as np
from mypkg.compiled import compiled
from swapbench_models.neural.native.torch import simple_mlp

X, y = np.random.default_rng(0).random((64, 28, 28, 1), np.float32), np.arange(64) % 10
ours, plain = (make(epochs=1).fit(X, y).predict_proba(X) for make in (compiled, simple_mlp))
assert np.allclose(ours, plain, atol=1e-5)
"""
    subprocess.run([sys.executable, "-c", code], cwd=sandbox.folder, check=True, timeout=300)


def test_the_example_of_the_readme_runs(sandbox: Sandbox) -> None:
    assert _written(sandbox, "../README.md") == {"bench/test_mine.py"}
    chosen = ("--swap-rounds=1", "--swap-folds=2", "--swap-slot=none", "--swap-report=mine.json")
    run = sandbox.run("bench/", "--benchmark-only", "-q", *chosen)
    assert run.status == 0, run.output
    assert run.outcomes == {"passed": 12}
    require("matplotlib")
    _drawn(sandbox, "mine.json", "mine.png")
    assert (sandbox.folder / "mine.png").read_bytes().startswith(b"\x89PNG")
    told = "mine.json: has no suite neural; its suites are: mine.\n"
    assert _drawn(sandbox, "mine.json", "other.png", "--suite", "neural", status=1) == told
    assert _drawn(sandbox, "none.json", "other.png", status=1).startswith("none.json: is no report (")
    assert not (sandbox.folder / "other.png").exists()


@pytest.mark.parametrize(
    "program", ["pytest", pytest.param("sed", marks=[pytest.mark.long, pytest.mark.soak], id="sed")]
)
def test_what_the_readme_shows_has_the_form_of_what_its_commands_print(program: str) -> None:
    """Titles, headings, names of rows and how sentences begin, for what is measured differs each time."""
    command = [sys.executable, str(DOCS / "front.py"), program, "--check"]
    few = {} if program == "sed" else {"PYTEST_ADDOPTS": f"{SPARED} --swap-rounds=1"}
    done = subprocess.run(command, env=environment(**few), capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr


def test_every_block_of_the_readme_is_held_to_its_form() -> None:
    """And so are the verdicts, whose measuring takes minutes, as far as they go without."""
    front = runpy.run_path(str(DOCS / "front.py"))
    text = (ROOT / "README.md").read_text()
    table, gate = (front["Block"].read(found) for found in front["_CONSOLE"].findall(text))
    assert (table.program, gate.program) == ("pytest", "sed")
    told = front["form"](table.shown)
    assert told["rows"] == ["nearest sklearn", "forest sklearn", "mlp sklearn"]
    for changed in (table.shown.replace("fit time", "fit"), table.shown.replace("mlp ", "net "), "Nothing."):
        assert front["form"](changed) != told
    kinds = "|".join(verdict.KINDS)
    first, *lines = re.sub(r"\n +", " ", gate.shown).splitlines()
    assert re.match(rf"Against HEAD \(commit [0-9a-f]{{12}}\): (\d+ ({kinds})( \(6 cells\))?(, |\.$))+", first)
    sentences = (
        r"Measured \d+ rounds of 6 cells in [\d:]+ of [\d:]+\.$",
        r"Trained \d+ times more, under up to \d+ seeds a fold",
        rf"mine: (fit|predict) of forest-sklearn on digits, folds 0, 1, 2: \w+ (REGRESSED|{kinds}), ",
    )
    assert [line for line in lines if not any(re.match(each, line) for each in sentences)] == []
    assert re.search(sentences[-1], "\n".join(lines))


def test_the_commands_of_the_readme_have_the_options_that_it_gives_them(sandbox: Sandbox) -> None:
    code = "".join(re.findall(r"^```.*?^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE))
    lines = re.findall(r"^(?:\$ )?(pytest|swapbench)\b(.*?)(?:  #.*)?$", code, re.MULTILINE)
    assert len(lines) > 15
    told = {"": sandbox.run("--help").out}
    for program, arguments in lines:
        verb = arguments.split()[0] if program == "swapbench" else ""
        if verb not in told:
            asked = [sys.executable, "-m", "swapbench.commands.main", verb, "--help"]
            told[verb] = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout
        known = told[verb] + (told[""] if verb == "ab" else "")  # which hands on what pytest takes
        given = re.findall(r"(?<= )--?[a-z-]+", arguments)
        assert [option for option in given if not re.search(rf"{option}(?![\w-])", known)] == [], arguments


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 200


def test_no_interval_in_a_picture_leaves_what_a_score_can_be() -> None:
    reach = runpy.run_path(str(DOCS / "picture.py"))["_reach"]
    assert reach({"value": 1.0, "low": 0.25, "high": 1.0, "half_width": 0.5}) == [[0.75], [0.0]]
    assert reach({"value": 1.0, "low": None, "high": None, "half_width": None}) is None


def _drawn(sandbox: Sandbox, *given: str, status: int = 0) -> str:
    """Draw a report as the README has it, and return what was said on stderr."""
    command = [sys.executable, str(DOCS / "picture.py"), *given]
    done = subprocess.run(command, cwd=sandbox.folder, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr
    return done.stderr


def test_the_examples_of_contributing_run(sandbox: Sandbox) -> None:
    """A model, a variant, a metric, a backend and a suite, each in one new file; the rows of one model agree."""
    _written(sandbox, "your-own-models.md")
    added = _written(sandbox, "../CONTRIBUTING.md")
    assert {name for name in added if name.startswith("bench/")} == {"bench/test_added.py"}

    run = sandbox.run("bench/", "--benchmark-only", "--swap-suite=added", "--swap-rounds=1", "--swap-slot=none")

    assert run.status == 0, run.output
    rows = ("mean-python", "mean-python-products", "mean-beads", "median-python")
    assert list(dict.fromkeys(cell.row.name for cell in run.planned.values())) == [*rows]
    assert {record.status for record in run.records} == {"ok"}
    assert all({*record.scores} == {"accuracy", "least_recall"} for record in run.records)
    for other in ("python-products", "beads"):
        assert f"mean on data agrees in accuracy between python (0.9267) and {other} (0.9267)" in run.out


def test_the_example_of_an_engine_runs(sandbox: Sandbox) -> None:
    _written(sandbox, "your-own-models.md")
    assert _written(sandbox, "engines.md") == {"mypkg/elsewhere.py"}
    chosen = ("--swap-model=mean", "--swap-fold=0", "--swap-rounds=1", "--swap-slot=none")
    run = sandbox.run("bench/test_mine.py", "--benchmark-only", "--swap-engine=mypkg.elsewhere:Elsewhere", *chosen)
    assert run.status == 0, run.output
    assert [(record.cell.phase, record.status) for record in run.records] == [("fit", "ok"), ("predict", "ok")]


def test_the_example_of_a_text_of_ones_own_in_a_suite_runs(sandbox: Sandbox) -> None:
    require("torch")
    assert _written(sandbox, "network-language.md") == {"bench/test_texts.py", "mypkg/gated.py"}
    text = re.search(r"```\n(network .*?)```", (DOCS / "network-language.md").read_text(), re.DOTALL)
    assert text is not None
    (sandbox.folder / "bench" / "simple_mlp.neural").write_text(text[1])
    chosen = ("--swap-rounds=1", "--swap-folds=2", "--swap-slot=none", "--swap-fold=0")
    run = sandbox.run("bench/test_texts.py", "--benchmark-only", "-q", *chosen)
    assert run.status == 0, run.output
    assert [(record.cell.row.name, record.cell.phase, record.status) for record in run.records] == [
        (row, phase, "ok") for phase in ("fit", "predict") for row in ("mine-torch", "by_hand-torch")
    ]


def test_the_example_of_a_layer_of_ones_own_is_one_on_every_backend(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _written(sandbox, "network-language.md")
    monkeypatch.syspath_prepend(sandbox.folder)
    monkeypatch.setitem(KINDS, "GatedDense", importlib.import_module("mypkg.gated").GATED)
    layers = 'Flatten() GatedDense(3, "relu") Output(2, "softmax")'
    (checked,) = check(Source(f"network Gated {{ input: (2, 2) layers: {layers} }}"))
    assert checked.network.count_parameters() == 2 * (4 * 3 + 3) + 3 * 2 + 2
    assert all("sigmoid" in generate(checked.network, backend).lower() for backend in WRITERS)


def test_the_files_of_a_primitive_layer_are_those_that_have_it() -> None:
    """The page shows where one stands by one that is there."""
    family = ROOT / "models" / "swapbench_models" / "neural"
    _, _, page = (DOCS / "network-language.md").read_text().partition("`GaussianNoise` is such a layer")
    named = re.findall(r"^\| `([\w/]+\.py)` \|", page, re.MULTILINE)
    there = {str(path.relative_to(family)) for path in family.rglob("*.py") if "GaussianNoise" in path.read_text()}
    assert sorted(named) == sorted(there)


def test_the_declaration_takes_about_ten_lines() -> None:
    code = _BLOCK.search((DOCS / "your-own-models.md").read_text())
    assert code is not None
    assert len([line for line in code["code"].splitlines() if line.strip() not in ("", ")", "},")]) <= 11


def test_the_examples_of_how_to_run(sandbox: Sandbox) -> None:
    """Cells left out, skipped and expected to fail, settings of pyproject.toml over which options win, scores only."""
    _written(sandbox, "your-own-models.md")
    assert _written(sandbox, "how-to.md") == {"bench/test_partly.py", "pyproject.toml"}

    run = sandbox.run("bench/test_partly.py", "--benchmark-only", "--swap-slot=none", "--swap-rounds", "1")

    assert run.status == 0, run.output
    assert run.outcomes == {"passed": 12, "skipped": 2, "xfailed": 4}
    cells = list(run.planned.values())
    assert not [cell for cell in cells if cell.model == "forest" and cell.dataset == "again"]
    assert {cell.fold for cell in cells} == {0, 1}, "folds of pyproject.toml"
    measured = [record for record in run.records if record.samples]
    assert {(len(record.samples), record.environment["slot"]) for record in measured} == {(1, "none")}
    skipped, failed = sorted({record.reason for record in run.records if record.status == "skipped"}, reverse=True)
    assert skipped == "too slow on this machine"
    assert failed.startswith("expected to fail, it gives no probabilities: failed, mypkg.nearest:NearestMean gives a")
    assert (sandbox.folder / "report.md").is_file()
    assert "!baseline.json" in (sandbox.store / ".gitignore").read_text()


_FILE = r"`((?:%s)/[\w/]+\.py)`"
INSTRUMENT = DOCS.parent / "harness" / "swapbench"


def test_how_it_works_names_every_file_of_the_instrument_and_none_that_is_not_there() -> None:
    stations = sorted(path.name for path in INSTRUMENT.iterdir() if (path / "__init__.py").exists())
    text = (DOCS / "how-it-works.md").read_text()
    named = set(re.findall(_FILE % "|".join(stations), text))
    there = {str(path.relative_to(INSTRUMENT)) for station in stations for path in (INSTRUMENT / station).rglob("*.py")}
    assert named - there == set()
    assert {path for path in there if not path.endswith("__init__.py")} - named == set()


@pytest.mark.parametrize("page", EVERYWHERE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of the repository, and to a heading in it; pictures are there. No address is asked for."""
    shown = _told(page)
    links = list(_LINK.finditer(shown))
    assert len(links) + len(_ADDRESS.findall(shown)) == shown.count("]("), "a link of a form that this does not read"
    for link in links:
        there = (page.parent / link["path"]).resolve() if link["path"] else page
        assert there.exists(), link[0]
        assert there.is_relative_to(ROOT), link[0]
        if link["part"]:
            assert link["part"] in _headings(there), link[0]


def _told(page: Path) -> str:
    """Return a page without what stands in it as code."""
    return re.sub(r"^```.*?^```$|`[^`\n]+`(?!\])", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def _headings(page: Path) -> set[str]:
    """Return the headings of a page as links name them, by GitHub's rule: a second one of a name has a number."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    titles = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    slugs = [re.sub(r"[^\w -]", "", title.strip().lower()).replace(" ", "-") for title in titles]
    return {f"{slug}-{slugs[:at].count(slug)}".removesuffix("-0") for at, slug in enumerate(slugs)}


def test_the_index_names_every_page() -> None:
    named = {(DOCS / link["path"]).resolve() for link in _LINK.finditer((DOCS / "README.md").read_text())}
    assert {*PAGES} - {DOCS / "README.md"} <= named


def test_the_map_of_contributing_names_files_that_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    sections = re.findall(r"^### (\S+)\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    assert [folder for folder, _ in sections] == ["harness/swapbench", "models/swapbench_models", "bench", "tests"]
    for folder, body in sections:
        first = [line.split("|")[1] for line in body.splitlines() if line.startswith("| `")]
        named = [name for cell in first for name in re.findall(r"`([^`]+)`", cell)]
        assert named
        assert [name for name in named if not (ROOT / folder / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_pages_name_are_there(page: Path) -> None:
    family = ROOT / "models" / "swapbench_models"
    folders = (ROOT, ROOT / "harness" / "swapbench", family, family / "fingerprint", family / "neural")
    told = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    named = re.findall(r"`([\w.-]+/[\w./-]+\.(?:py|md|yml|sh|toml))`", told)
    assert [name for name in named if not any((folder / name).exists() for folder in folders)] == []


def test_the_hooks_check_what_tox_checks() -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    lines = [line for name in ("lint", "type") for line in tox[f"testenv:{name}"]["commands"].split("\n") if line]
    checked = [line.removeprefix("{[testenv]shared}/").replace("{tox_root}", ".") for line in lines]
    assert re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text()) == checked
