"""Networks over graphs: as they are published, whatever way they are computed in."""

from pathlib import Path

import pytest

from helpers import require
from library_process import Ask

CHILD = "can_networks_child"


@pytest.fixture
def ask(torch: Ask) -> Ask:
    """Call a function of the child where torch may be imported."""
    return lambda name, *arguments: torch(f"{CHILD}:{name}", *arguments)


@pytest.mark.parametrize(
    ("architecture", "role", "autoencoder", "classifier"),
    [
        ("dqnfusion", "teacher", 38_268, 3_551_513),
        ("dqnfusion", "student", 4_908, 39_065),
        ("kdgat", "teacher", 38_268, 4_999_426),
        ("kdgat", "student", 4_908, 316_034),
    ],
)
def test_networks_have_as_many_parameters_as_the_published_ones(
    ask: Ask, architecture: str, role: str, autoencoder: int, classifier: int
) -> None:
    assert ask("counted", architecture, role) == (autoencoder, classifier)


def test_a_student_whose_weights_are_published_has_a_head_of_one_layer(ask: Ask) -> None:
    assert ask("counted_as_published") == 283_010


@pytest.mark.long
@pytest.mark.parametrize("edge_features", [False, True])
@pytest.mark.parametrize("heads", [1, 3])
def test_attention_and_its_gradients_are_those_of_torch_geometric(ask: Ask, heads: int, edge_features: bool) -> None:
    require("torch_geometric")
    assert ask("beside_pyg", heads, edge_features) < 1e-11


@pytest.mark.long
@pytest.mark.parametrize(("architecture", "role"), [("dqnfusion", "teacher"), ("kdgat", "student")])
def test_a_classifier_says_what_the_published_one_of_the_same_weights_does(
    ask: Ask, architecture: str, role: str
) -> None:
    require("torch_geometric")
    assert ask("classifier_beside_pyg", architecture, role) < 1e-5


def test_a_graph_is_judged_by_itself_whatever_others_are_in_its_batch(ask: Ask) -> None:
    assert max(ask("alone_and_among_others")) < 1e-6


def test_losses_and_anomalies_are_what_loops_over_nodes_and_edges_come_to(ask: Ask) -> None:
    same, anomalies, loss = ask("told_in_loops")
    assert same
    assert anomalies < 1e-6
    assert loss < 1e-5


def test_an_autoencoder_learns_of_a_graph_of_one_node_too(ask: Ask) -> None:
    assert ask("of_a_single_node") == [True, True]


def test_an_autoencoder_draws_what_lies_between_while_it_is_trained_and_never_else(ask: Ask) -> None:
    assert ask("drawn_between") == (True, False, True)


def test_weights_are_drawn_from_the_seed_and_from_nothing_else(ask: Ask) -> None:
    assert ask("drawn", 1) == (True, False, True)


@pytest.mark.parametrize("share", [0.2, 0.35])
def test_dropout_drops_its_share_and_keeps_the_mean(ask: Ask, share: float) -> None:
    zeros, mean, gradients, evaluates = ask("dropped", share)
    assert zeros == pytest.approx(share, abs=0.002)
    assert mean == pytest.approx(1, abs=0.003)
    assert gradients
    assert evaluates


def test_published_weights_are_taken_whole(ask: Ask, tmp_path: Path) -> None:
    ask("as_published", tmp_path / "student.pth")
    assert ask("loaded", tmp_path / "student.pth") == (True, True)


def test_files_that_hold_no_published_student_are_told(ask: Ask, tmp_path: Path) -> None:
    found = ask("refused", tmp_path)
    assert "holds another network than a student of KD-GAT" in found["another network"]
    assert "holds no weights by name" in found["a list"]
    assert all("cannot be read as weights" in found[name] for name in ("an object", "text", "nothing"))
    assert all(str(tmp_path) in said for said in found.values())
