"""What the claims on the language are measured against does the same work, and where it cannot be had, it is told."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from lark import UnexpectedInput

from helpers import environment
from neural_programs import programs, published
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench_models.neural import networks
from swapbench_models.neural.catalogue import NETWORKS
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.fault import LanguageError
from swapbench_models.neural.language.parser import parse
from swapbench_models.neural.language.printer import show
from swapbench_models.neural.language.source import Source, read
from swapbench_models.neural.language.tree import Program
from swapbench_models.neural.measured.rivals import beside, lark_parser
from swapbench_models.neural.measured.rivals.generators import Generator
from swapbench_models.neural.measured.rivals.packages import packages as published_packages
from swapbench_models.neural.measured.rivals.parsers import Lark, Ours, Reference, Tree, texts

ROOT = Path(__file__).parent.parent
LARK = lark_parser.create()


def same(source: Source) -> bool:
    """Tell whether both parsers read the same program."""
    return bool(LARK.parse(source.text) == parse(source))


def test_larks_parser_reads_the_published_files_and_ours_as_the_same_programs() -> None:
    for source in [*map(networks.text, NETWORKS), *(read(str(file)) for file in published())]:
        assert same(source), source.name


@settings(deadline=None, max_examples=50)
@given(programs)
def test_larks_parser_reads_any_program_as_the_same(program: Program) -> None:
    assert same(Source(show(program)))


def test_what_stands_in_a_tree_of_larks_parser_begins_where_ours_says() -> None:
    source = networks.text("cnn")
    (theirs,), (ours,) = LARK.parse(source.text).items, parse(source).items
    assert [layer.at for layer in theirs.layers] == [layer.at for layer in ours.layers]
    assert [layer.arguments[0].at for layer in theirs.layers if layer.arguments] == [
        layer.arguments[0].at for layer in ours.layers if layer.arguments
    ]


def test_both_parsers_are_timed_on_the_same_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "_ROUNDS", 2)
    files = [tmp_path / "long.neural", tmp_path / "short.neural"]
    files[0].write_text(networks.text("cnn").text)
    files[1].write_text(networks.text("simple_mlp").text)

    assert beside.main([str(file) for file in files]) == 0

    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["file", "characters", "by", "hand", "lark", "ratio"]
    assert [line.split("  ")[0] for line in lines] == ["short.neural", "long.neural", "all 2", "before the first"]
    assert beside.main([str(tmp_path / "none.neural")]) == 2
    assert "none.neural: cannot be read" in capsys.readouterr().err
    files[0].write_text("network N {\n  input: (3\n  layers: Dense(}\n")
    assert beside.main([str(file) for file in files]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(f"{files[0]}:")


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder of packages that has a parser as the reference is made: it traces, draws, logs and prints."""
    folder = tmp_path / "model" / "neural" / "parser"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder.parent / "__init__.py").write_text("")
    (folder / "parser.py").write_text(
        dedent("""
        import logging
        import os
        import sys

        import plotly.graph_objects as go
        import pysnooper

        logging.basicConfig(level=logging.DEBUG)


        def create_parser(start):
            return start


        class ModelTransformer:
            @pysnooper.snoop()
            def parse_network(self, text):
                print("parsing")
                logging.debug("parsing")
                if text == "end":
                    os._exit(3)
                if text == "path":
                    return {"layers": [{"type": each} for each in sys.path]}
                return {"layers": [{"type": word} for word in text.split(",") if word.index("e")]}
        """)
    )
    return tmp_path


def test_the_reference_answers_from_a_process_that_has_its_packages_and_no_others(
    packages: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(Reference(packages)) as reference:
        reference.create()
        several, _ = texts("simple_mlp", 3)
        several[:] = "Dense,Recurrent"
        assert reference.parse(several) == ["Dense", "Recurrent"]
        several[:] = "path"
        found = reference.parse(several)
        assert found[0] == str(packages / "model")
        assert not [path for path in found if "site-packages" in path]
    assert "DEBUG" not in capfd.readouterr().err


def test_what_the_reference_raises_is_told_and_so_is_its_end(packages: Path) -> None:
    several, _ = texts("simple_mlp", 1)
    with closing(Reference(packages)) as reference:
        several[:] = "Conv"
        with pytest.raises(NeuralError, match=r"^The reference: ValueError: substring not found$"):
            reference.parse(several)
        several[:] = "Dense"
        assert reference.parse(several) == ["Dense"]
        several[:] = "end"
        for _ in range(2):
            with pytest.raises(NeuralError, match=r"^The reference ended with status 3 instead of answering\.$"):
                reference.parse(several)


def test_a_reference_without_its_packages_is_told(tmp_path: Path) -> None:
    with pytest.raises(NeuralError, match=r"^The reference: ModuleNotFoundError: No module named 'neural'$"):
        Reference(tmp_path)


@pytest.mark.parametrize("parser", [Ours, Tree, Lark])
def test_a_parser_reads_every_text(parser: type[Ours | Tree | Lark]) -> None:
    several, _ = texts("simple_mlp", 3)
    parser().parse(several)
    several[2] = "network"
    with pytest.raises((LanguageError, UnexpectedInput)):
        parser().parse(several)


@pytest.mark.parametrize("backend", ["torch", "tensorflow", "jax", "onnx"])
def test_a_generator_writes_every_text(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    several, _ = texts("cnn", 3)
    generator = Generator(backend)
    generator.check(several)
    monkeypatch.setattr(
        "swapbench_models.neural.measured.rivals.generators.generate",
        lambda network, name: written.append((network.name, name)),
    )
    generator.generate(several)
    assert written == [("CNN", backend)] * 3


def measured(folder: Path, *arguments: str, **variables: str) -> dict[str, Record]:
    """Run the claims on the language once and return what came of each cell, by its suite, row and phase."""
    command = ["-m", "pytest", "bench/claims/test_neural_language.py", "--benchmark-only", "-p", "no:cacheprovider"]
    options = ["--swap-profile", "standard", "--swap-rounds", "1", "--swap-slot", "none", "--swap-store", str(folder)]
    subprocess.run(
        [sys.executable, *command, *options, *arguments],
        cwd=ROOT,
        env=environment(SWAPBENCH_LOCKS=str(folder / "locks"), **variables),
        capture_output=True,
        check=False,
        timeout=300,
    )
    with closing(Journal(folder)) as journal:
        records = journal.records(journal.last_run() or "")
    return {f"{each.cell.suite} {each.cell.row.name} {each.cell.phase}": each for each in records}


@pytest.mark.long
def test_without_a_package_index_the_reference_is_blocked_and_the_others_are_measured(tmp_path: Path) -> None:
    models = ("reference", "tree", "onnx")
    chosen = [f"--swap-model={name}" for name in models] + ["--swap-phase=create", "--swap-phase=generate"]
    found = measured(tmp_path, "--swap-dataset=simple_mlp_x100", *chosen, PIP_NO_INDEX="1")
    assert {name: record.status for name, record in found.items()} == {
        "neural_language tree-lark create": "ok",
        "neural_language reference-python create": "blocked",
        "neural_generation onnx-python generate": "ok",
    }
    why = found["neural_language reference-python create"].reason or ""
    assert "it needs packages-python on simple_mlp_x100, fold 0, which failed" in why
    assert "The reference's packages cannot be installed (ERROR: No matching distribution" in why


def test_every_network_is_compared_by_hand_and_compiled_in_a_suite_of_each_library() -> None:
    command = ["-m", "swapbench.commands.main", "list", "bench/claims", "--profile", "standard", "--json"]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    rows = {suite["name"]: [tuple(row) for row in suite["rows"]] for suite in json.loads(done.stdout)["suites"]}
    for library in ("torch", "tensorflow"):
        assert rows[f"neural_compiled_{library}"] == [
            row for name in NETWORKS for row in ((name, library), (name, library, "compiled"))
        ]


@pytest.mark.long
def test_the_published_reference_is_installed_and_parses(tmp_path: Path) -> None:
    chosen = ("--swap-model=reference", "--swap-dataset=simple_mlp_x100", "--swap-phase=create")
    found = measured(tmp_path / "store", *chosen)
    assert {name: record.status for name, record in found.items()} == {"neural_language reference-python create": "ok"}
    published_packages().install(tmp_path / "model")
    with closing(Reference(tmp_path)) as reference:
        assert reference.parse(texts("simple_mlp", 1)[0]) == ["Flatten", "Dense", "Dropout", "Output"]
