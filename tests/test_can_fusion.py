"""Fusion: two scores are mixed as pays best, and who mixes them is told what stood behind each reward."""

from collections import deque
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from can_fusion_toys import torn
from helpers import require
from library_process import Ask
from swapbench_models.can.error import DataError
from swapbench_models.can.fusion.actions import ALPHAS, centred, fused
from swapbench_models.can.fusion.bandit import Bandit, features
from swapbench_models.can.fusion.mixture import Mixture, fixed
from swapbench_models.can.fusion.reward import reward, rewards
from swapbench_models.can.fusion.samples import Samples
from swapbench_models.can.fusion.state import normalize_state
from swapbench_models.can.fusion.table import row

KINDS = ("dqn", "bandit", "mixture")
scores = st.floats(0, 1)
labels = st.integers(0, 1)
places = st.integers(0, 20)


@pytest.fixture
def ask(torch: Ask) -> Ask:
    """Call a function of the child where torch may be imported."""
    require("safetensors")
    return lambda name, *arguments: torch(f"can_fusion_child:{name}", *arguments)


def some(*pairs: tuple[float, float, int]) -> Samples:
    first, second, attacked = (np.array(each, float) for each in zip(*pairs, strict=True))
    return Samples(first, second, attacked.astype(np.int64))


@given(scores, scores)
def test_a_state_is_both_scores_how_far_they_are_apart_and_their_mean(first: float, second: float) -> None:
    state = normalize_state(np.array([first]), np.array([second]))
    assert state.shape == (1, 4)
    assert state[0] == pytest.approx([first, second, abs(first - second), (first + second) / 2])
    swapped = normalize_state(np.array([second]), np.array([first]))
    assert swapped[0, [1, 0, 2, 3]] == pytest.approx(state[0])


@given(scores, scores, places)
def test_a_mixture_lies_between_its_scores_and_21_shares_go_from_one_to_the_other(
    first: float, second: float, at: int
) -> None:
    assert pytest.approx(np.arange(21) / 20) == ALPHAS
    mixed = float(fused(first, second, ALPHAS[at]))
    assert min(first, second) - 1e-15 <= mixed <= min(1.0, max(first, second) + 1e-15)
    assert fused(first, second, ALPHAS[0]) == first
    assert fused(first, second, ALPHAS[20]) == second


@given(st.lists(scores, min_size=2), scores)
def test_centred_scores_raise_the_same_alarms_at_a_half_in_the_same_order(drawn: list[float], at: float) -> None:
    before = np.sort(drawn)
    after = centred(before, at)
    assert ((after > 0.5) == (before > at)).all()
    assert (np.diff(after) >= 0).all()
    assert 0 <= after.min() <= after.max() <= 1
    assert centred(before, 0.5) == pytest.approx(before)


def test_a_threshold_that_nothing_reaches_raises_no_alarm() -> None:
    assert not (centred([0.0, 0.5, 1.0], np.nextafter(1, 2)) > 0.5).any()


@given(scores, scores, labels, places)
def test_the_reward_is_the_sum_of_its_terms(first: float, second: float, label: int, at: int) -> None:
    """By the formula, one sample at a time: of a fused score, whether it is right, and how sure who was."""
    alpha = float(ALPHAS[at])
    mixed = float(fused(first, second, alpha))
    alarm, agreement = int(mixed > 0.5), 1 - abs(first - second)
    expected = 0.3 * (1 - 2 * abs(alpha - 0.5))
    if alarm == label:
        confidence = max(first, second) if label else 1 - max(first, second)
        surest = max(first, second, 1 - first, 1 - second)
        expected += 3 + agreement + 0.5 * confidence + 0.3 * surest
    else:
        expected += -3 - (1 - agreement) - 1.5 * (mixed if alarm else 1 - mixed)
    assert float(reward(first, second, label, alpha)) == pytest.approx(expected)
    every = rewards(np.array([first]), np.array([second]), np.array([label]))
    assert every.shape == (1, 21)
    assert every[0, at] == pytest.approx(expected)


@given(scores, scores, scores, scores, labels, places, places)
def test_a_right_alarm_always_pays_more_than_a_wrong_one(
    a: float, b: float, c: float, d: float, label: int, at: int, other: int
) -> None:
    def right(first: float, second: float, place: int) -> bool:
        return bool((fused(first, second, ALPHAS[place]) > 0.5) == label)

    one, two = float(reward(a, b, label, ALPHAS[at])), float(reward(c, d, label, ALPHAS[other]))
    assert one > 3 if right(a, b, at) else one < -3 + 0.3
    assert two > 3 if right(c, d, other) else two < -3 + 0.3


def test_the_reward_varies_with_agreement_and_is_not_the_sign_of_being_right() -> None:
    """Clipped at 1, as the reference has it for batches, it would be 1 for each of the first and -1 for the last."""
    agreeing, apart, wrong, surely_wrong = reward([0.9, 0.9, 0.4, 0.0], [0.9, 0.2, 0.4, 0.0], [1, 1, 1, 1], 0.5)
    assert agreeing - apart == pytest.approx(0.7)
    assert wrong - surely_wrong == pytest.approx(1.5 * 0.4)
    assert 3 < apart < agreeing < 5.1
    assert -5.5 < surely_wrong < wrong < -3


def test_no_fixed_share_is_right_in_more_than_a_half_of_the_toy() -> None:
    accuracies = [row("", torn(400, 0), alpha).accuracy for alpha in ALPHAS]
    assert max(each for each in accuracies if each is not None) == 0.5


def test_the_best_mixture_is_the_one_of_21_with_the_best_f1_and_then_the_best_reward() -> None:
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 2, 300)
    first, second = (np.clip(0.4 + 0.3 * truth + draw.normal(0, 0.3, 300), 0, 1) for _ in range(2))
    samples = Samples(first, second, truth)
    chosen = Mixture().fit(samples)
    merits = {alpha: row("", samples, alpha).merit for alpha in ALPHAS.tolist()}
    assert chosen.alpha == max(merits, key=lambda alpha: merits[alpha])
    assert 0 < chosen.alpha < 1
    assert Mixture().fit(some((0.9, 0.8, 1), (0.1, 0.2, 0))).alpha == 0.5  # all are right: the nearest to a half


def test_the_table_says_how_each_source_does_alone_and_in_fixed_shares() -> None:
    samples = some((0.9, 0.4, 1), (0.8, 0.1, 0), (0.1, 0.2, 0), (0.3, 0.9, 1))
    found = {each.name: each for each in fixed(samples)}
    assert list(found) == [
        "first only",
        "second only",
        *(f"alpha {each:g}" for each in (0, 0.25, 0.5, 0.75, 1)),
    ]
    first, second = found["first only"], found["second only"]
    assert (first.accuracy, first.precision, first.recall, first.f1) == (0.5, 0.5, 0.5, 0.5)
    assert (second.accuracy, second.precision, second.recall) == (0.75, 1, 0.5)
    assert second.f1 == pytest.approx(2 / 3)
    nothing = row("", samples[np.arange(0)], 0.5)
    assert (nothing.accuracy, nothing.f1, nothing.reward) == (None, None, None)


@pytest.mark.parametrize("seed", range(5))
def test_a_bandit_beats_every_fixed_mixture_where_each_source_is_right_in_half_of_the_states(seed: int) -> None:
    agent, unseen = Bandit(1000, seed).fit(torn(200, seed)), torn(400, 100 + seed)
    found = row("", unseen, ALPHAS[agent.actions(unseen.first, unseen.second)])
    best = max(fixed(unseen), key=lambda each: each.accuracy or 0)
    assert (found.accuracy or 0) > 0.95
    assert (found.accuracy or 0) > (best.accuracy or 0) + 0.4
    assert (found.reward or 0) > (best.reward or 0) + 3


def test_a_bandit_is_told_the_reward_of_what_it_chose_and_no_other() -> None:
    samples = torn(200, 0)
    asked = []

    class Watched(np.ndarray):
        def __getitem__(self, key: object) -> object:
            asked.append(key)
            return np.asarray(self)[key]

    object.__setattr__(samples, "rewards", samples.rewards.view(Watched))
    Bandit(200, 0).fit(samples)
    told = sum(len(rows) for rows, _ in asked)
    assert told == 200
    assert all(len(rows) == len(actions) for rows, actions in asked)


def test_a_bandit_draws_its_order_by_the_seed_alone() -> None:
    one, same, other = (Bandit(500, seed).fit(torn(200, 0)).learned()["weights"] for seed in (1, 1, 2))
    assert one == same
    assert one != other


@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=5))
def test_the_features_of_a_bandit_are_a_surface_for_an_alarm_and_one_for_none(pairs: list[tuple[float, float]]) -> None:
    first, second = np.array(pairs).T
    found = features(first, second)
    assert found.shape == (len(pairs), 21, 53)
    alarm = fused(first[:, None], second[:, None], ALPHAS) > 0.5
    assert found[:, :, :25].sum(axis=2) == pytest.approx(alarm.astype(float))
    assert found[:, :, 25:50].sum(axis=2) == pytest.approx(1 - alarm)
    knots = np.stack(np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 5), indexing="ij"), -1).reshape(25, 2)
    placed = (found[:, :, :25] + found[:, :, 25:50]) @ knots
    assert placed[:, 0] == pytest.approx(np.array(pairs))  # a plane is reproduced


def test_samples_that_cannot_be_are_refused() -> None:
    good = np.array([0.1, 0.9])
    for scores_given, said in (
        (np.array([0.1, 1.1]), "not from 0 to 1"),
        (np.array([0.1, np.nan]), "not from 0 to 1"),
        (np.array([0.1]), "one each"),
    ):
        with pytest.raises(DataError, match=f"^student: .*{said}"):
            Samples(good, scores_given, np.array([0, 1]), ("teacher", "student"))
    for agent in (Mixture(), Bandit(10, 0)):
        with pytest.raises(DataError, match="2 windows with 2 attacked"):
            agent.fit(Samples(good, good, np.array([1, 1])))
        with pytest.raises(DataError, match="0 windows"):
            agent.fit(Samples(good, good, np.array([1, 0]))[np.arange(0)])


@given(st.integers(2, 30), st.integers(2, 30), st.integers(0, 5), st.integers(1, 60))
def test_halves_and_parts_of_samples_have_each_class_its_share(
    normal: int, attacked: int, seed: int, most: int
) -> None:
    truth = np.repeat([0, 1], [normal, attacked])
    numbers = np.arange(len(truth)) / len(truth)
    one, other = Samples(numbers, numbers, truth).halves(seed)
    assert sorted([*one.first, *other.first]) == numbers.tolist()
    assert abs(int(one.labels.sum()) - int(other.labels.sum())) <= 1
    assert {*one.labels.tolist()} == {*other.labels.tolist()} == {0, 1}
    part = Samples(numbers, numbers, truth).at_most(most, seed)
    assert {*part.labels.tolist()} == {0, 1}
    assert len(part) <= max(most + 1, 2)


def test_the_target_of_a_double_dqn_is_chosen_by_one_network_and_valued_by_the_other(ask: Ask) -> None:
    online, target = [[1.0, 5.0, 2.0], [9.0, 0.0, 0.0], [0.0, 0.0, 1.0]], [[7.0, 3.0, 8.0], [2.0, 6.0, 6.0], [4.0] * 3]
    found = ask("targets", [1.0, -2.0, 0.5], [False, False, True], online, target, 0.9)
    assert found == pytest.approx([1 + 0.9 * 3, -2 + 0.9 * 2, 0.5])


@pytest.mark.parametrize(("capacity", "pushes"), [(5, [3, 2, 1, 4]), (4, [9, 1, 4]), (3, [1, 1, 1, 1]), (8, [2])])
def test_a_replay_holds_the_last_transitions_whole(ask: Ask, capacity: int, pushes: list[int]) -> None:
    ring: deque[int] = deque(maxlen=capacity)
    expected, first = [], 0
    for count in pushes:
        ring.extend(range(first, first + count))
        expected.append(sorted(ring))
        first += count
    assert ask("remembered", capacity, pushes) == expected


def test_a_dqn_is_right_wherever_one_of_its_sources_is(ask: Ask) -> None:
    """Where no fixed mixture is right in more than one of two halves."""
    for halves in ask("accuracies", 3):
        assert min(halves) > 0.8
        assert sum(halves) / 2 > 0.9


def test_a_dqn_explores_less_and_less_and_renews_its_target_and_drops_units_where_it_learns_alone(ask: Ask) -> None:
    found = ask("steps")
    assert found["renewals"] == [3, 6, 9, 12, 15, 18]
    assert found["batches"] == [128] * 20
    assert (found["epochs"], found["steps"]) == (3, 20)
    assert found["kept"] == 5 * 40  # of 80 samples a half chooses; each episode acts on all of the other one
    assert found["drops"] == [True, False, False]
    assert found["settled"]
    assert found["explored"] == pytest.approx([0.3, 0.3 * 0.995, 0.01])


def test_a_dqn_that_was_killed_in_any_episode_comes_to_the_same(ask: Ask, tmp_path: Path) -> None:
    assert ask("interrupted", tmp_path) == []


def test_a_dqn_with_too_little_memory_takes_its_steps_in_smaller_batches(ask: Ask) -> None:
    assert ask("shrunk") == [(128, 1, "MemoryError: too little"), (64, 2, "MemoryError: too little"), (32, 4, "")]


def test_a_q_network_has_the_published_size(ask: Ask) -> None:
    """Three layers of 128 with their norms, and 21 values."""
    expected = (4 * 128 + 3 * 128) + 2 * (128 * 128 + 3 * 128) + (128 * 21 + 21)
    assert ask("parameters") == (expected, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fusion_keeps_the_contract_of_a_detector(ask: Ask, tmp_path: Path, kind: str) -> None:
    assert ask("contract", kind, tmp_path) == []


@pytest.mark.parametrize("kind", ["dqn", "bandit"])
def test_a_fusion_learns_of_what_its_sources_did_not_learn_of_alone(ask: Ask, tmp_path: Path, kind: str) -> None:
    assert ask("learned_of", kind, tmp_path) == (False, True)


def test_each_source_raises_its_alarms_at_its_own_threshold(ask: Ask, tmp_path: Path) -> None:
    assert ask("centred", tmp_path) == (0, 0)


def test_both_parts_of_one_detector_are_fused_as_two_detectors_are(ask: Ask, tmp_path: Path) -> None:
    names, same, missing, another = ask("composed", tmp_path)
    file = tmp_path / "model"
    assert names == ["vgae only", "gat only"]
    assert same
    assert missing == f"DependencyError: {file}: there is no teacher, on which a fusion stands; fit it first."
    assert another == f"CanError: {file}: is no composite."


def test_what_cannot_be_is_refused_in_a_sentence(ask: Ask, tmp_path: Path) -> None:
    said = ask("refusals", tmp_path)
    student = tmp_path / "student"
    expected = {
        "one class": "DataError: Of 400 windows",
        "no windows": "DataError: Of 0 windows",
        "nothing validates": "DataError: Of 400 windows",
        "one window of a class": "DataError: To fuse teacher and student, ",
        "kind": "CanError: There is no fusion by 'oracle'; choose dqn, bandit, mixture.",
        "profile": "CanError: There is no profile 'huge'; choose quick, standard, paper.",
        "option": "CanError: There is no option 'layers'",
        "options of none": "CanError: A fusion by bandit is not trained by steps; leave episodes out.",
        "no number": "CanError: discount=1.5: give a number from 0 to 1.",
        "names": "CanError: Both sources of a fusion are named 'teacher'",
        "no file": f"DependencyError: {tmp_path / 'nowhere'}: teacher, on which a fusion stands, cannot be read",
        "unfitted": "CanError: This agent has learnt nothing yet",
        "unfitted saved": "CanError: This fusion by dqn has learnt nothing yet",
        "another kind": f"CheckpointError: {tmp_path / 'saved'}: was kept by a training with other kind;",
        "another profile": f"CheckpointError: {tmp_path / 'saved'}: was kept by a training with other profile;",
        "swapped": f"DependencyError: {tmp_path / 'saved'}: fuses teacher and student, and not student and teacher.",
        "another student": f"DependencyError: {tmp_path / 'saved'}: was fitted with another student than the one in "
        f"{student};",
    }
    damaged = [what for what in said if "damaged" in what]
    assert len(damaged) == 30
    assert {what: said.get(what, "")[: len(start)] for what, start in expected.items()} == expected
    assert {*said} <= {*expected, *damaged, "few"}
