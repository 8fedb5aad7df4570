"""The search: what is tried, that a trial's text is the trial, and what the command tells of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from neural_programs import published
from swapbench_models.neural.command.main import main
from swapbench_models.neural.compiled import text
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.source import Source, read
from swapbench_models.neural.meaning.check import check, examine
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.search.filling import filled
from swapbench_models.neural.search.rows import rows
from swapbench_models.neural.search.search import Scored, search
from swapbench_models.neural.search.trials import Trial, at_random, grid

TEXT = """
define Block(units) {{ Dense($units, activation="relu") }}
network Searched {{
  input: (28, 28, 1)
  layers: Flatten() {layers} Output(10, "softmax")
  optimizer: {optimizer}
  train {{ epochs: 1 batch_size: {batch} }}
}}
"""


def searched(layers: str = "", optimizer: str = "Adam", batch: str = "32") -> Source:
    return Source(TEXT.format(layers=layers, optimizer=optimizer, batch=batch), "searched.neural")


SPACES = {
    "a choice": (searched("Dense(HPO(choice(8, 16, 32)))"), 3),
    "what is written once is chosen once": (searched("Block(HPO(choice(8, 16))) * 3"), 2),
    "a range in steps": (searched("Dropout(HPO(range(0.1, 0.3, step=0.1)))"), 3),
    "a range without takes its ends and its middle": (searched("Dropout(HPO(range(0.1, 0.5)))"), 3),
    "orders of magnitude": (searched(optimizer="Adam(learning_rate=HPO(log_range(0.001, 0.1)))"), 3),
    "in quotes": (searched(optimizer='"Adam(learning_rate=HPO(choice(0.001, 0.1)))"'), 2),
    "in brackets": (searched(batch="[16, 32]"), 2),
    "a choice within a choice": (searched("Dense(HPO(choice(3, HPO(range(4, 6, step=1)))))"), 4),
    "several": (searched("Dense(HPO(choice(8, 16))) Dropout(HPO(choice(0.1, 0.2)))", batch="[16, 32]"), 8),
    "nothing": (searched("Dense(8)"), 1),
}


@pytest.mark.parametrize(("source", "count"), SPACES.values(), ids=SPACES)
def test_a_grid_has_every_choice_once(source: Source, count: int) -> None:
    trials = list(grid(source))
    assert len({json.dumps(list(trial.chosen.items()), default=str) for trial in trials}) == len(trials) == count


@pytest.mark.parametrize("source", [source for source, _ in SPACES.values()], ids=SPACES)
def test_a_trials_text_leaves_nothing_open_and_is_its_network(source: Source) -> None:
    for trial in grid(source):
        assert_is_its_text(source, trial)


@pytest.mark.parametrize("factory", [text.torch, text.tensorflow, text.jax])
def test_a_classifier_of_a_text_leaves_nothing_open(factory: Callable[[str], object]) -> None:
    source = searched("Dense(HPO(choice(3, HPO(range(4, 6)))))", batch="[16, 32]")
    with pytest.raises(
        NeuralError, match=r"^Searched leaves 2 hyper-parameters open, .*search\.rows.*search --save DIR"
    ):
        factory(source.text)
    with pytest.raises(NeuralError, match=r"^Searched leaves 1 hyper-parameter open, "):
        factory(searched("Dense(HPO(choice(3)))").text)


def test_what_stands_in_strings_is_chosen_and_told_where_it_stands() -> None:
    """Both are at the same place of their strings, and have the same name."""
    source = searched(optimizer='"sgd(    lr=HPO(choice(0.1, 0.01)))"\n  loss: "huber(delta=HPO(choice(1.0, 2.0)))"')
    trials = [trial.named(source) for trial in grid(source)]
    assert len(trials) == 4
    assert {name for trial in trials for name in trial} == {"sgd learning_rate, line 6", "huber delta, line 7"}
    two = [
        trial.named(source := searched("Dense(HPO(choice(3, 5))) Dense(HPO(choice(7, 9)))")) for trial in grid(source)
    ]
    assert all(len(trial) == 2 for trial in two)


def test_a_trial_that_diverges_takes_nothing_from_the_others() -> None:
    def score(trial: Trial) -> list[float]:
        if 0.1 in trial.chosen.values():
            raise NeuralError("The loss of epoch 2 is nan.")
        return [0.5, 0.6]

    source = searched(optimizer="SGD(HPO(choice(0.1, 0.01)))")
    for method in ("grid", "optuna"):
        found = list(search(source, method, 6, 0, score, None, Options()))
        assert {one.failed for one in found} == {"", "The loss of epoch 2 is nan."}
        assert all(bool(one.accuracies) != bool(one.failed) for one in found)


def test_ranges_of_many_steps_and_of_small_ones() -> None:
    wide = searched("Dense(HPO(range(1, 9000000, step=1)))")
    with pytest.raises(NeuralError, match="9,000,000 steps, too many for a grid"):
        next(grid(wide))
    assert next(at_random(wide, 1, seed=0)).chosen
    small = searched(optimizer="SGD(learning_rate=HPO(range(1e-13, 5e-13, step=1e-13)))")
    assert [*next(grid(small)).chosen.values()] == [1e-13]


def test_what_only_goes_together_is_found() -> None:
    """Two heads divide 10 features, and four 12: each goes wrong with the other's first alternative."""
    layers = "Dense(HPO(choice(10, 12))) Reshape((5, $f)) MultiHeadAttention(HPO(choice(2, 4)), 3)"
    source = searched(layers.replace("(5, $f)", "(2, HPO(choice(5, 6)))"))
    assert [list(trial.chosen.values())[:2] for trial in grid(source)] == [[10, 5]] * 2 + [[12, 6]] * 2


# Seven sizes that have to be the same are chosen one by one in it: of 16,384 choices at random one is a network.
HOPELESS = "v04__examples_hpo_examples_transformer_hpo_complete.neural"


def test_so_are_the_trials_of_published_texts() -> None:
    found = set()
    for file in published():
        source = Source(file.read_text(), file.name)
        checked, faults = examine(source)
        if faults or len(checked) != 1 or not checked[0].space or file.name == HOPELESS:
            continue
        found.add(file.name)
        for trial in at_random(source, 5, seed=len(found)):
            assert_is_its_text(source, trial)
    assert len(found) >= 3


def test_a_space_without_networks_is_told() -> None:
    (source,) = (Source(file.read_text(), file.name) for file in published() if file.name == HOPELESS)
    with pytest.raises(NeuralError, match="100 choices in a row made networks with faults; narrow its space"):
        next(at_random(source, 1, seed=0))


def assert_is_its_text(source: Source, trial: Trial) -> None:
    (checked,) = check(Source(filled(source, trial.chosen)))
    assert not checked.space
    assert checked.training == trial.checked.training
    assert [step.layer for step in checked.network.steps] == [step.layer for step in trial.checked.network.steps]


def test_trials_at_random_are_the_same_for_a_seed() -> None:
    source = searched("Dropout(HPO(range(0.1, 0.5)))")
    first, again, other = ([trial.chosen for trial in at_random(source, 5, seed)] for seed in (0, 0, 1))
    assert first == again != other


def test_rows_are_called_by_their_choices() -> None:
    assert list(rows(searched("Dense(HPO(choice(8, 16))) Dropout(HPO(choice(0.1, 0.2)))"))) == [
        "units8-rate0.1", "units8-rate0.2", "units16-rate0.1", "units16-rate0.2",
    ]  # fmt: skip
    # What cannot be a name has its number.
    assert list(rows(searched('Activation(HPO(choice("relu", "tanh")))'))) == ["activationrelu", "activationtanh"]
    assert list(rows(searched("Dense(8)"))) == ["trial0"]


def test_what_nobody_can_know_before_is_no_row() -> None:
    with pytest.raises(NeuralError, match="What optuna tries depends on the scores"):
        rows(searched("Dense(HPO(choice(8, 16)))"), "optuna")
    with pytest.raises(NeuralError, match="no method of search 'best'; known are grid, random, optuna"):
        rows(searched("Dense(HPO(choice(8, 16)))"), "best")


def test_a_trial_has_an_interval_that_stays_within_shares() -> None:
    trial = next(grid(searched()))
    assert Scored(trial, [0.9, 0.8]).interval() is None
    low, high = Scored(trial, [1.0, 1.0, 0.97]).interval() or (0.0, 0.0)
    assert 0.9 < low < 0.99 < high == 1.0


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("search") / "searched.neural"
    file.write_text(searched("Dense(HPO(choice(4, 32)), 'relu')".replace("'", '"')).text)
    return file


@pytest.mark.parametrize("method", ["grid", "optuna"])
def test_the_command_tells_every_trial_and_the_best(
    text: Path, method: str, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = text.with_name(method)
    options = ["--method", method, "--trials", "2", "--epochs", "3", "--save", str(saved), "--json"]
    status = main(["search", str(text), *options])
    told = json.loads(capsys.readouterr().out)
    assert (status, told["method"], len(told["trials"])) == (0, method, 2)
    best = max(told["trials"], key=lambda trial: trial["accuracy"])
    assert told["best"] == best
    assert best["interval"][0] <= best["accuracy"] <= best["interval"][1]
    networks = [check(read(str(saved / f"trial{number}.neural")))[0].network for number in range(2)]
    assert [network.count_parameters() for network in networks] == [trial["parameters"] for trial in told["trials"]]
    if method == "grid":
        assert [list(trial["chosen"].values()) for trial in told["trials"]] == [[4], [32]]
        assert best["parameters"] == max(trial["parameters"] for trial in told["trials"])
