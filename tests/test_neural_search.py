"""The search: what is tried, that a trial's text is the trial, and what the command tells of it."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from neural_programs import published
from swapbench_models.neural.command.main import main
from swapbench_models.neural.compiled import text
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.fault import LanguageError
from swapbench_models.neural.language.printer import show_value
from swapbench_models.neural.language.source import Source, read
from swapbench_models.neural.meaning.check import check, examine
from swapbench_models.neural.seal import seal
from swapbench_models.neural.search.blame import blamed
from swapbench_models.neural.search.choices import Choices
from swapbench_models.neural.search.filling import filled
from swapbench_models.neural.search.rows import rows
from swapbench_models.neural.search.search import Scored, alike, search
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
    "an optimizer": (searched(optimizer='HPO(choice("adam", SGD, RMSprop(rho=0.8)))'), 3),
    "an optimizer, in quotes and within": (
        searched(optimizer='"HPO(choice(adam, SGD))"\n  loss: HPO(choice("mse", HPO(["mae", huber])))'),
        6,
    ),
    "optimizers with a choice each": (
        searched(
            optimizer='HPO(choice("nadam(lr=HPO(choice(0.1, 0.2)))", "adam(lr=HPO(choice(0.1, 0.2)))", SGD))',
        ),
        5,
    ),
    "a schedule": (
        searched(optimizer="SGD\n  lr_schedule: HPO(choice(StepDecay(HPO(log_range(0.01, 0.1))), StepDecay(1)))"),
        4,
    ),
    "a schedule for a rate": (searched(optimizer="Adam(HPO(choice(0.1, StepDecay(HPO(choice(0.1, 0.2))))))"), 3),
    "in brackets": (searched(batch="[16, 32]"), 2),
    "a choice within a choice": (searched("Dense(HPO(choice(3, HPO(range(4, 6, step=1)))))"), 4),
    "several": (searched("Dense(HPO(choice(8, 16))) Dropout(HPO(choice(0.1, 0.2)))", batch="[16, 32]"), 8),
    "nothing": (searched("Dense(8)"), 1),
}


@pytest.mark.parametrize(("source", "count"), SPACES.values(), ids=SPACES)
def test_a_grid_has_every_choice_once(source: Source, count: int) -> None:
    trials = list(grid(Choices(source)))
    assert len({json.dumps(list(trial.chosen.items()), default=str) for trial in trials}) == len(trials) == count


@pytest.mark.parametrize("source", [source for source, _ in SPACES.values()], ids=SPACES)
def test_a_trials_text_leaves_nothing_open_and_is_its_network(source: Source) -> None:
    for trial in grid(Choices(source)):
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
    trials = [trial.named(source) for trial in grid(Choices(source))]
    assert len(trials) == 4
    assert {name for trial in trials for name in trial} == {"sgd learning_rate, line 6", "huber delta, line 7"}
    source = searched("Dense(HPO(choice(3, 5))) Dense(HPO(choice(7, 9)))")
    two = [trial.named(source) for trial in grid(Choices(source))]
    assert all(len(trial) == 2 for trial in two)


def test_what_a_text_may_name_is_chosen_like_any_value() -> None:
    rates = 'HPO(choice("Adam(lr=HPO(choice(0.1, 0.2)))", sgd))\n  lr_schedule: HPO(choice(StepDecay(0.1), "StepDecy"))'
    choices = Choices(source := searched(optimizer=rates))
    trials = list(at_random(choices, 10, seed=0))
    chosen = {tuple(map(show_value, trial.named(source).values())) for trial in trials}
    adam = "Adam(lr=HPO(choice(0.1, 0.2)))"
    assert chosen == {(adam, "0.1", "StepDecay(0.1)"), (adam, "0.2", "StepDecay(0.1)"), ("sgd", "StepDecay(0.1)")}
    assert len(trials) == len(choices.misfits) == 3
    assert {name for trial in trials for name in trial.named(source)} == {
        "optimizer, line 6", "adam learning_rate, line 6", "lr_schedule, line 7",
    }  # fmt: skip
    (told,) = {misfit.fault.message for misfit in choices.misfits.values()}
    assert told == "there is no learning-rate schedule StepDecy; did you mean StepDecay?"
    assert list(rows(searched(optimizer='HPO(choice("adam", SGD))'))) == ["optimizeradam", "optimizerSGD"]


def test_a_trial_that_diverges_takes_nothing_from_the_others() -> None:
    def score(trial: Trial) -> list[float]:
        if 0.1 in trial.chosen.values():
            raise NeuralError("The loss of epoch 2 is nan.")
        return [0.5, 0.6]

    source = searched(optimizer="SGD(HPO(choice(0.1, 0.01)))")
    for method in ("grid", "optuna"):
        found = list(search(Choices(source), method, 6, 0, score))
        assert {one.failed for one in found} == {"", "The loss of epoch 2 is nan."}
        assert all(bool(one.accuracies) != bool(one.failed) for one in found)


# Of nine choices, of which the first is none of them, two are networks.
UNFIT = searched("Dense(HPO(choice(7, 8, 12))) Reshape((HPO(choice(3, 4, 6)), 2)) Flatten()")


def test_what_makes_no_network_is_left_out_and_counted() -> None:
    for proposed in (grid(on_grid := Choices(UNFIT)), at_random(drawn := Choices(UNFIT), 9, seed=0)):
        assert sorted([*trial.chosen.values()] for trial in proposed) == [[8, 4], [12, 6]]
    assert (len(on_grid.misfits), len(drawn.misfits)) == (7, 7)
    first = next(iter(on_grid.misfits.values()))
    assert first.chosen == {"Dense units, line 5": 7, "Reshape target_shape, line 5": 3}
    assert first.fault.message == "layer 3, Reshape, makes (3, 2) of (7,), which has 7 values"


@pytest.mark.parametrize("layers", ['Dense(HPO(choice(7, 8)), "rleu")', "Dense(HPO(choice(7, 8))) Dense(8, ="])
def test_what_no_choice_mends_is_the_texts_own(layers: str) -> None:
    source = searched(layers)
    with pytest.raises(LanguageError, match=r"did you mean relu|expected a value") as error:
        list(grid(Choices(source)))
    assert error.value.faults == tuple(sorted(examine(source)[1]))
    assert list(blamed(source)) == []


@pytest.mark.parametrize("many", [20, 400, 1500])
def test_of_many_choices_those_that_do_not_fit_are_told_or_that_there_are_some(many: int) -> None:
    layers = "Flatten() " + "Dense(HPO(choice(3, 4))) " * many + "Reshape((HPO(choice(5, 2)), -1))"
    source = Source(f"network N {{ input: (3,) layers: {layers} }}")
    start = time.thread_time()
    told = [fault.message for fault in blamed(source)]
    assert time.thread_time() - start < 2
    if many == 20:
        assert [message.partition(",")[0] for message in told] == [
            "Dense units takes 3",
            "Reshape target_shape takes 5",
        ]
    else:
        (message,) = told
        assert message.startswith("others than the first of these ")
        assert message.endswith(
            " choices make a network, too many to say which do not fit: search, or --hpo, tries them"
        )


FINITE = {
    "Dense(HPO(choice(8, 16, 32, 8)))": 3,
    "Dense(HPO(range(1, 40)))": 40,
    "Dense(HPO(log_range(1, 12)))": 12,
    "Dropout(HPO(range(0.1, 0.5, step=0.1)))": 5,
    "Dense(HPO(choice(3, HPO(range(4, 6)))))": 4,
    "Dense(HPO(choice(3, 4))) Dense(HPO(choice(5, 6, 7)))": 6,
}


@pytest.mark.parametrize(("layers", "count"), FINITE.items())
def test_at_random_each_choice_is_drawn_once_and_it_ends_where_there_are_no_more(layers: str, count: int) -> None:
    source = searched(layers)
    for seed in range(5):
        choices = Choices(source)
        trials = [filled(source, trial.chosen) for trial in at_random(choices, 100, seed)]
        assert len({*trials}) == len(trials) == count
        assert choices.ended == "there are no other choices that make a network"
    fewer = Choices(source)
    assert len({filled(source, trial.chosen) for trial in at_random(fewer, count - 1, seed=0)}) == count - 1
    assert fewer.ended == ""


def test_a_range_has_so_many_points_and_all_of_them_are_numbers() -> None:
    wide = searched(optimizer="SGD(HPO(log_range(1e-30, 1e30)))")
    rates = [rate for trial in grid(Choices(wide), 5) for rate in trial.chosen.values()]
    assert rates == pytest.approx([1e-30, 1e-15, 1.0, 1e15, 1e30], rel=1e-9)
    assert all(1e-30 <= rate <= 1e30 for trial in at_random(Choices(wide), 20, 0) for rate in trial.chosen.values())
    for ends in ("-1e308, 1e308", "0, 1e300, step=1e-300"):
        with pytest.raises(LanguageError, match="range's ends are too far apart"):
            Choices(searched(optimizer=f"SGD(HPO(range({ends})))"))


def test_ranges_of_many_steps_and_of_small_ones() -> None:
    wide = searched("Dense(HPO(range(1, 9000000, step=1)))")
    with pytest.raises(NeuralError, match="9,000,000 steps, too many for a grid"):
        next(grid(Choices(wide)))
    assert next(at_random(Choices(wide), 1, seed=0)).chosen
    small = searched(optimizer="SGD(learning_rate=HPO(range(1e-13, 5e-13, step=1e-13)))")
    assert [*next(grid(Choices(small))).chosen.values()] == [1e-13]


def test_what_only_goes_together_is_found() -> None:
    """Two heads divide 10 features, and four 12: each goes wrong with the other's first alternative."""
    layers = "Dense(HPO(choice(10, 12))) Reshape((5, $f)) MultiHeadAttention(HPO(choice(2, 4)), 3)"
    source = searched(layers.replace("(5, $f)", "(2, HPO(choice(5, 6)))"))
    assert [list(trial.chosen.values())[:2] for trial in grid(Choices(source))] == [[10, 5]] * 2 + [[12, 6]] * 2


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
        for trial in at_random(Choices(source), 5, seed=len(found)):
            assert_is_its_text(source, trial)
    assert len(found) >= 3


def test_a_space_without_networks_is_told() -> None:
    (source,) = (Source(file.read_text(), file.name) for file in published() if file.name == HOPELESS)
    with pytest.raises(NeuralError, match="100 choices in a row made networks with faults; narrow its space"):
        next(at_random(Choices(source), 1, seed=0))


def assert_is_its_text(source: Source, trial: Trial) -> None:
    (checked,) = check(Source(filled(source, trial.chosen)))
    assert not checked.space
    assert checked.training == trial.checked.training
    assert [step.layer for step in checked.network.steps] == [step.layer for step in trial.checked.network.steps]


def test_trials_at_random_are_the_same_for_a_seed() -> None:
    source = searched("Dropout(HPO(range(0.1, 0.5)))")
    first, again, other = ([trial.chosen for trial in at_random(Choices(source), 5, seed)] for seed in (0, 0, 1))
    assert first == again != other


def test_rows_are_called_by_their_choices() -> None:
    assert list(rows(searched("Dense(HPO(choice(8, 16))) Dropout(HPO(choice(0.1, 0.2)))"))) == [
        "units8-rate0.1", "units8-rate0.2", "units16-rate0.1", "units16-rate0.2",
    ]  # fmt: skip
    # What cannot be a name has its number.
    assert list(rows(searched('Activation(HPO(choice("relu", "tanh")))'))) == ["activationrelu", "activationtanh"]
    assert list(rows(searched("Activation(HPO(choice(relu, tanh)))"))) == ["activationrelu", "activationtanh"]
    assert list(rows(searched("Dense(8)"))) == ["trial0"]


def test_no_row_takes_anothers_name() -> None:
    """What is written otherwise, as 1 and 1.0 are, is another choice, and a name may be what a trial is called."""
    macro = "define B(trial) { Dense($trial) }\n"
    for choices, names in (
        ("1, 1.0, 2", ["trial1", "trial1-2", "trial2"]),
        ("2, 2.0, 1, 1.0", ["trial2", "trial1", "trial2-2", "trial3"]),
    ):
        source = Source(macro + searched(f"B(HPO(choice({choices})))").text)
        found = rows(source)
        assert list(found) == names
        assert list(found.values()) == [filled(source, trial.chosen) for trial in grid(Choices(source))]


def test_what_nobody_can_know_before_is_no_row() -> None:
    with pytest.raises(NeuralError, match="What optuna tries depends on the scores"):
        rows(searched("Dense(HPO(choice(8, 16)))"), "optuna")
    with pytest.raises(NeuralError, match="no method of search 'best'; known are grid, random, optuna"):
        rows(searched("Dense(HPO(choice(8, 16)))"), "best")


def test_a_trial_has_an_interval_that_stays_within_shares() -> None:
    trial = next(grid(Choices(searched())))
    assert Scored(trial, [0.9, 0.8]).interval() is None
    low, high = Scored(trial, [1.0, 1.0, 0.97]).interval() or (0.0, 0.0)
    assert 0.9 < low < 0.99 < high == 1.0


def test_trials_whose_intervals_overlap_with_the_best_ones_are_not_told_apart_from_it() -> None:
    trial = next(grid(Choices(searched())))
    best, near, far = (Scored(trial, [share - 0.01, share, share + 0.01]) for share in (0.9, 0.89, 0.5))
    assert alike(best, [far, Scored(trial, [], "The loss is nan."), near, best]) == [near]
    assert alike(Scored(trial, [0.9, 0.8]), [near, far]) is None


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("search") / "searched.neural"
    file.write_text(searched("Dense(HPO(choice(4, 32)), 'relu')".replace("'", '"')).text)
    return file


@pytest.mark.parametrize("method", ["grid", "random", "optuna"])
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
    (other,) = (trial for trial in told["trials"] if trial != best)
    assert told["not_told_apart"] == ([other["trial"]] if other["interval"][1] >= best["interval"][0] else [])
    assert told["left_out"] == {"count": 0, "first": None}
    if method == "grid":
        assert [list(trial["chosen"].values()) for trial in told["trials"]] == [[4], [32]]
        assert best["parameters"] == max(trial["parameters"] for trial in told["trials"])


def test_a_search_leaves_none_of_the_texts_of_the_one_before(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = text.with_name("saved")
    saved.mkdir()
    (saved / "notes.txt").write_text("mine")
    (saved / "trial7.neural").write_bytes(seal(b"network Old { input: (4) layers: Dense(3) }\n", "neural"))
    options = ["--method", "grid", "--epochs", "1", "--folds", "2", "--save", str(saved)]
    assert main(["search", str(text), *options]) == 0
    assert sorted(file.name for file in saved.iterdir()) == ["notes.txt", "trial0.neural", "trial1.neural"]
    assert "trial 0: accuracy 0." in capsys.readouterr().out


def test_what_the_backend_does_not_do_is_no_trial(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text.write_text(text.read_text().replace("layers:", "layers: QuantumLayer()"))
    assert main(["search", str(text), "--method", "grid"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "QuantumLayer: QuantumLayer has no meaning that anyone has defined" in err
    assert "Traceback" not in err


IRIS = """
network Iris {
  input: (4,)
  layers: Dense(HPO(choice(7, 8, 9))) Reshape((HPO(choice(3, 4)), 2)) Flatten() Output(3, "softmax")
}
"""


def test_a_text_whose_first_choices_do_not_fit_is_searched_and_check_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "iris.neural"
    file.write_text(IRIS)
    assert main(["check", str(file)]) == 1
    told = capsys.readouterr().out
    for name, first, fits in (("Dense units", 7, 8), ("Reshape target_shape", 3, 4)):
        assert f"{name} takes {first}, the first of its choices, which does not fit; {fits} does, if the others" in told
    asked = ["search", str(file), "--dataset", "iris", "--epochs", "1"]

    assert main([*asked, "--method", "random", "--folds", "2"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1].startswith("best of 1 by random: trial 0: accuracy ")
    assert (
        "iris.neural:4:39: note: 5 choices make no network and are left out; the first: Dense units, line 4 = " in err
    )
    assert "iris.neural: note: 1 trials of 10, for there are no other choices that make a network" in err

    assert main([*asked, "--method", "grid", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [[*trial["chosen"].values()] for trial in told["trials"]] == [[8, 4]]
    assert told["left_out"]["count"] == 5
    assert told["left_out"]["first"] == {
        "chosen": {"Dense units, line 4": 7, "Reshape target_shape, line 4": 3},
        "line": 4, "column": 39, "message": "layer 2, Reshape, makes (3, 2) of (7,), which has 7 values",
    }  # fmt: skip


def test_the_best_is_told_with_how_many_it_is_not_told_apart_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rates.neural"
    layers = 'input: (4,) layers: Dense(8, "relu") Output(3, "softmax")'
    file.write_text(f"network N {{ {layers} optimizer: SGD(HPO(choice(0.1, 0.11, 1e30))) train {{ epochs: 2 }} }}")
    asked = ["search", str(file), "--dataset", "iris", "--method", "grid"]
    assert main(asked) == 0
    *_, failed, best = capsys.readouterr().out.splitlines()
    assert failed.startswith("trial 2: not scored, sgd learning_rate, line 1 = 1e+30: ")
    assert best.startswith("best of 3 by grid (not told apart from 1 of 1 other): trial ")
    assert main([*asked, "--folds", "2", "--epochs", "1"]) == 0
    assert "What N predicts is no number; lower the learning rate." in (out := capsys.readouterr().out)
    assert "\nbest of 3 by grid (fewer than three folds tell nothing apart): trial " in out
