"""Autoencoders of authentication logs: their features, training and results."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.model_selection import train_test_split

from one_device import OneDevice
from swapbench_models.fingerprint.error import DataError, FingerprintError
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.model import features, fitting, scalers
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder, ResidualAutoEncoder
from swapbench_models.fingerprint.model.catalogue import MODELS, VARIANTS
from swapbench_models.fingerprint.model.create import create
from swapbench_models.fingerprint.model.features import Rows
from swapbench_models.fingerprint.model.network import Layer, Residual
from swapbench_models.fingerprint.model.options import Options
from swapbench_models.fingerprint.model.scalers import Affine
from swapbench_models.fingerprint.model.stacked.training import fit_together
from swapbench_models.fingerprint.model.training import origins, plan_of, swapped
from swapbench_models.store.error import ModelError
from swapbench_models.training.progress import Progress

GOLDEN = Path(__file__).parent / "data" / "fingerprint" / "golden"
SMALL: dict[str, Any] = {"encoder_layers": (16, 8), "decoder_layers": (16,), "learning_rate": 0.05, "batch_size": 32}


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """The reference's prepared rows, their features in the frame's order."""
    frame = pl.read_csv(GOLDEN / "after_preprocess_schema.csv")
    return frame.select([name for name in frame.columns if name in schema.named("duo").model.features])


# The reference's results


@pytest.mark.parametrize(("kind", "model"), [("ae", AutoEncoder), ("rae", ResidualAutoEncoder)])
def test_weights_taken_over_give_the_references_results(
    rows: pl.DataFrame, kind: str, model: type[AutoEncoder]
) -> None:
    taken = model.from_reference(GOLDEN / f"{kind}_weights.npz", GOLDEN / f"{kind}_meta.json")
    made = taken.results(rows[300:])
    reference = pl.read_csv(GOLDEN / f"{kind}_get_results_abs.csv")
    assert made.columns == reference.columns[1:]
    for name in made.columns:
        if name.endswith(("_loss", "_abs_z")) or made[name].dtype == pl.Float64:
            assert np.abs(made[name].to_numpy() - reference[name].to_numpy()).max() < 1e-5, name
        elif name == "result_pred":
            assert (made[name] != reference[name]).all()  # the reference has it the wrong way round
        else:
            assert made[name].to_list() == reference[name].to_list(), name


def test_a_frame_of_pandas_gives_one_back_under_its_own_index(rows: pl.DataFrame) -> None:
    taken = AutoEncoder.from_reference(GOLDEN / "ae_weights.npz", GOLDEN / "ae_meta.json")
    frame = rows[300:].to_pandas().set_index(np.arange(300, 401))
    made = taken.results(frame)
    assert [*made.index] == [*range(300, 401)]
    assert np.allclose(made["max_abs_z"], taken.results(rows[300:])["max_abs_z"].to_numpy())


def reference() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the weights and the meta of a model of the reference."""
    with np.load(GOLDEN / "ae_weights.npz") as arrays:
        return dict(arrays), json.loads((GOLDEN / "ae_meta.json").read_text())


def test_what_the_files_hold_is_taken_over_as_the_files_are(rows: pl.DataFrame) -> None:
    weights, meta = reference()
    meta["model_kwargs"] |= {"verbose": False, "progress_bar": True, "logger": "basic", "n_megabatches": 1}
    meta["model_kwargs"] |= {"preset_cats": None, "device": "cuda", "patience": -1, "encoder_dropout": None}
    meta["model_kwargs"] |= {"encoder_activations": ["relu", "relu"], "nesterov": False, "project_embeddings": True}
    taken = AutoEncoder.from_reference(weights, meta)
    filed = AutoEncoder.from_reference(GOLDEN / "ae_weights.npz", GOLDEN / "ae_meta.json")
    assert taken.results(rows).equals(filed.results(rows))


def test_a_model_of_the_reference_without_truths_has_a_head_of_no_rows_for_them(rows: pl.DataFrame) -> None:
    weights, meta = reference()
    binary = meta["binary"].pop()
    del meta["loss_stats"][binary]
    width = weights["binary_output.weight"].shape[1]
    weights |= {"binary_output.weight": np.zeros((0, width), "float32"), "binary_output.bias": np.zeros(0, "float32")}
    # Its place among the first layer's inputs, after the numbers, goes too.
    first = "encoder_0.linear_layer.weight"
    weights[first] = np.delete(weights[first], len(meta["numeric"]), axis=1)
    made = AutoEncoder.from_reference(weights, meta).results(rows)
    assert f"{binary}_loss" not in made.columns
    assert np.isfinite(made["mean_abs_z"].to_numpy()).all()


def _changed(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    weights, meta = reference()
    return weights, {**meta, **changes}


def _layers(units: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return _changed(model_kwargs={**reference()[1]["model_kwargs"], "decoder_layers": units})


def _with_nan() -> tuple[dict[str, Any], dict[str, Any]]:
    weights, meta = reference()
    weights["encoder_0.linear_layer.weight"][0, 0] = np.nan
    return weights, meta


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda: _changed(model_kwargs={"embed_everything": True}), "no option embed_everything"),
        (lambda: _changed(model_kwargs={"encoder_activations": ["tanh"]}), "model_kwargs names encoder_activations"),
        (lambda: _changed(loss_stats={}), "loss_stats says nothing of "),
        (lambda: _changed(numeric={"logcount": {"mean": 1.0}}), "does not say 'std'"),
        (lambda: _changed(model_kwargs={}), "not the weights of AutoEncoder with these options"),
        (lambda: _layers([10**12]), "size mismatch for "),
        (lambda: _layers([2**62, 2**62]), "not the weights of AutoEncoder with these options"),
        (lambda: _layers(["16"]), r"decoder_layers is \('16',\)"),
        (lambda: _changed(loss_stats={"logcount": {"mean": "1", "std": 1.0}}), "centre is '1'"),
        (lambda: _changed(binary=[5]), r"binary is \(5,\)"),
        (lambda: ({}, reference()[1]), "Missing key"),
        (_with_nan, "Not all of these weights and usual losses are finite"),
        (lambda: (GOLDEN / "ae_meta.json", GOLDEN / "ae_meta.json"), r"ae_meta.json cannot be read as arrays \(.npz\)"),
        (lambda: (GOLDEN / "ae_weights.npz", GOLDEN / "ae_weights.npz"), "ae_weights.npz cannot be read as JSON"),
        (lambda: (GOLDEN / "nowhere.npz", GOLDEN / "ae_meta.json"), "nowhere.npz cannot be read"),
    ],
)
def test_what_is_no_model_of_the_reference_is_refused_by_name(given: Callable[[], Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        AutoEncoder.from_reference(*given())


def test_weights_of_another_model_are_refused(rows: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="not the weights of ResidualAutoEncoder"):
        ResidualAutoEncoder.from_reference(GOLDEN / "ae_weights.npz", GOLDEN / "ae_meta.json")


# Scalers and features


def test_scalers_learn_and_apply_as_the_reference_has_it() -> None:
    values, others = np.array([4.4, 5.3, 6.5]), np.array([7.4, 8.3, 9.5])
    one = scalers.standard(values, ddof=1)
    assert (one.centre, round(one.spread, 2)) == (pytest.approx(5.4), 1.05)
    assert one.scale(others) == pytest.approx([1.9, 2.75, 3.89], abs=5e-3)
    assert scalers.modified(values).scale(others) == pytest.approx([1.57, 2.24, 3.14], abs=5e-3)
    assert scalers.modified(np.array([3.0, 4.0, 4.0, 5.0])).scale(others) == pytest.approx([5.43, 6.86, 8.78], abs=6e-3)
    for rule in (scalers.standard, scalers.modified):
        assert rule(np.array([4.0, 4.0])).spread == 1.0
    ranks = scalers.gauss_rank(np.arange(100.0))
    assert ranks.scale(np.array([-5.0, 200.0])) == pytest.approx([-5.2, 5.2], abs=0.01)


@pytest.mark.parametrize("rule", scalers.RULES)
def test_scalers_come_back_from_json_and_restore_what_they_scaled(rule: str) -> None:
    values = np.random.default_rng(0).gamma(2.0, size=300)
    learned = scalers.learned(rule, [*values, float("nan")])
    read = scalers.scaler(json.loads(json.dumps(learned.as_dict())))
    assert read.restore(read.scale(values)) == pytest.approx(values)


@pytest.mark.parametrize(("size", "dimensions"), [(5, 4), (20, 9), (40_000, 600)])
def test_categories_have_as_many_dimensions_as_the_reference_gives_them(size: int, dimensions: int) -> None:
    assert features.embedding_dimensions(size) == dimensions


def test_columns_are_typed_ordered_and_encoded_with_a_place_for_what_is_unknown() -> None:
    frame = pl.DataFrame(
        {"text": ["b", "a", "b", "rare"], "n": [1.0, 3.0, None, float("nan")], "yes": [True, False, None, True]}
    )
    learned = features.learned(frame, min_cats=1)
    assert learned.names == ("n", "yes", "text")
    assert learned.categorical == {"text": ("b", "a", "rare")}
    assert features.learned(frame, min_cats=2).categorical == {"text": ("b",)}
    encoded = learned.encode(pl.DataFrame({"yes": [None, True], "text": [None, "new"], "n": [None, 5]}, strict=False))
    assert encoded.numeric.tolist() == [[0.0], [3.0]]
    assert encoded.binary.tolist() == [[0.0], [1.0]]
    assert encoded.codes.tolist() == [[3], [3]]
    with pytest.raises(DataError, match="no column n"):
        learned.encode(frame.drop("n"))
    with pytest.raises(DataError, match="None of the columns when holds"):
        features.learned(pl.DataFrame({"when": [None]}))


# Layers


def test_a_residual_block_adds_its_input_as_it_is_or_projected() -> None:
    torch.manual_seed(42)
    x = torch.rand(5, 3)
    same, other = Residual(3, 3, "relu"), Residual(3, 4, "relu")
    assert torch.equal(same(x), same.layer(x) + x)
    assert torch.equal(other(x), other.layer(x) + other.projection(x))
    assert Layer(3, 5, "tanh")(x).abs().max() < 1


def test_swapped_cells_come_from_their_own_column() -> None:
    drawn = origins(1000, 3, 0.2, torch.Generator().manual_seed(0))
    moved = (drawn != torch.arange(1000)[:, None]).sum(dim=0)
    assert ((moved > 150) & (moved <= 200)).all()
    assert torch.equal(origins(5, 2, 0.0, torch.Generator()), torch.arange(5)[:, None].repeat(1, 2))


def test_swapping_with_the_references_draws_gives_the_references_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.RandomState(42).randint(0, 4, (2, 1, 3))  # the sources of all columns, then the targets
    monkeypatch.setattr(torch, "randint", lambda *_, **__: torch.from_numpy(draws))
    numbers = torch.arange(1.0, 13.0).reshape(4, 3)
    made = swapped(Rows(numbers, numbers[:, :0], numbers[:, :0].long()), origins(4, 3, 0.25, torch.Generator()))
    assert made.numeric.tolist() == [[1, 2, 3], [4, 5, 6], [7, 11, 9], [10, 11, 3]]


def test_a_layer_is_a_linear_map_an_activation_and_dropout_while_it_is_taught() -> None:
    torch.manual_seed(42)
    plain, x = Layer(3, 5, "tanh"), torch.arange(12.0).reshape(4, 3) / 10
    assert torch.allclose(plain(x), torch.tanh(x @ plain.linear.weight.T + plain.linear.bias))
    dropping = Layer(3, 5, "tanh", 0.999)
    assert (dropping(x) == 0).sum() > 10
    assert (dropping.eval()(x) != 0).all()


@pytest.mark.parametrize("kind", ["numbers", "truths", "texts"])
def test_ten_rows_of_one_kind_are_learned_and_have_a_loss_for_each_feature(kind: str) -> None:
    columns: dict[str, list[Any]] = {
        "numbers": [0.1 * place for place in range(10)],
        "truths": [place % 2 == 0 for place in range(10)],
        "texts": ["ab"[place % 2] for place in range(10)],
    }
    frame = pl.DataFrame({"one": columns[kind], "other": columns[kind]})
    model = create("ae", optimizer="adam", epochs=100, validation_size=0.0, swap_probability=0.0).fit(frame)
    assert model.progress is not None
    assert model.progress.losses[-1] < 0.75 * model.progress.losses[0]
    results = model.results(frame)
    assert results.select("one_loss", "other_loss").shape == (10, 2)
    assert (model.anomaly_score(frame) >= 0).all()


@pytest.mark.parametrize(("patience", "epoch"), [(3, 3), (5, 9), (0, None)])
def test_training_ends_when_the_loss_has_risen_so_often_in_a_row(patience: int, epoch: int | None) -> None:
    losses = [0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    options = Options(patience=patience, epochs=99)
    waiting, careless = (plan_of(options, checked) for checked in (True, False))
    ended = [waiting.ended(Progress(losses, losses[: place + 1])) for place in range(len(losses))]
    assert next((place for place, why in enumerate(ended) if why), None) == epoch
    assert {"patience", ""} >= set(ended)
    assert careless.ended(Progress(losses)) == ""


# Models


@pytest.mark.parametrize("name", MODELS)
def test_every_model_learns_is_reproducible_and_comes_back_from_disk(
    rows: pl.DataFrame, tmp_path: Path, name: str
) -> None:
    one, again = (create(name, **{**SMALL, "encoder_layers": (16, 16)}, epochs=8).fit(rows) for _ in range(2))
    assert one.progress is not None
    assert one.progress.epochs_run == len(one.progress.validation_losses) == 8
    assert one.progress.losses[-1] < one.progress.losses[0]
    assert one.results(rows).equals(again.results(rows))
    one.save(tmp_path)
    assert type(one).load(tmp_path).results(rows).equals(one.results(rows))
    assert {path.name for path in tmp_path.iterdir()} == {"model.json", "weights.safetensors", "SHA256SUMS"}


def test_matched_models_have_as_many_parameters_and_equal_widths_skip_without_a_projection(rows: pl.DataFrame) -> None:
    counts = {
        name: sum(weights.numel() for weights in create(name, epochs=1).fit(rows).network.parameters())
        for name in MODELS
    }
    assert counts["ae-matched"] == pytest.approx(counts["rae"], rel=0.01)
    assert counts["rae-equal"] == pytest.approx(counts["ae"], rel=0.05)


def test_the_seed_decides_and_the_global_generator_is_left_alone(rows: pl.DataFrame) -> None:
    before = torch.random.get_rng_state()
    one, other = (AutoEncoder(**SMALL, epochs=2, seed=seed).fit(rows) for seed in (0, 1))
    assert torch.equal(before, torch.random.get_rng_state())
    assert not one.results(rows).equals(other.results(rows))


def log(rows: int, categories: int) -> pl.DataFrame:
    chance = np.random.default_rng(rows + categories)
    return pl.DataFrame(
        {
            "t": [f"c{place}" for place in chance.integers(0, categories, rows)],
            "u": [f"d{place}" for place in chance.integers(0, categories + 2, rows)],
            "yes": chance.random(rows) < 0.7,
            "n": chance.normal(size=rows),
            "m": chance.gamma(2, size=rows),
        }
    )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"optimizer": "adam", "amsgrad": True, "learning_rate": 0.003},
        {"momentum": 0.9, "weight_decay": 0.01},
        {"patience": 1, "learning_rate": 0.4, "learning_rate_decay": None},
        {"validation_size": 0.0, "loss_scaler": "modified"},
    ],
    ids=["sgd", "adam", "momentum", "patience", "no validation"],
)
def test_models_trained_together_are_those_trained_alone(name: str, choices: dict[str, Any]) -> None:
    frames = [log(40, 3), log(100, 5), log(100, 2), log(77, 9)]
    options = {**SMALL, "encoder_layers": (16, 16), "epochs": 6, **choices}
    alone = [create(name, **options).fit(frame) for frame in frames]
    together = [create(name, **options) for _ in frames]
    fit_together(together, frames)
    for one, other, frame in zip(alone, together, frames, strict=True):
        assert one.progress is not None
        assert other.progress is not None
        assert other.progress.losses == pytest.approx(one.progress.losses, abs=1e-4)
        assert other.progress.validation_losses == pytest.approx(one.progress.validation_losses, abs=1e-4)
        assert other.progress.stopped == one.progress.stopped
        scores = [model.anomaly_score(frame) for model in (one, other)]
        assert scores[1] == pytest.approx(scores[0], abs=1e-4)


@pytest.mark.parametrize(
    ("choices", "frames", "words"),
    [
        ([{}, {"seed": 1}], [log(40, 3)] * 2, "have the same options"),
        ([{"encoder_dropout": 0.1}] * 2, [log(40, 3)] * 2, "drop units out"),
        ([{}, {}], [log(40, 3), log(40, 3).drop("n")], "as many numbers, truths and categories"),
    ],
)
def test_models_that_cannot_be_trained_together_are_refused(
    choices: list[dict[str, Any]], frames: list[pl.DataFrame], words: str
) -> None:
    with pytest.raises(FingerprintError, match=words):
        fit_together([create("ae", **{**SMALL, **each}) for each in choices], frames)


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"n": [1.0]}),
        pl.DataFrame({"n": [3.0] * 20, "t": ["a"] * 20}),
        pl.DataFrame({"n": [None, *range(19)]}),
        pl.DataFrame({"yes": [True, False] * 10}),
        pl.DataFrame({"t": [None] * 20, "u": ["a", "b"] * 10}, schema_overrides={"t": pl.String}),
    ],
    ids=["one row", "constants", "missing numbers", "no categories", "only missing text"],
)
def test_poor_frames_are_learned_all_the_same(frame: pl.DataFrame) -> None:
    model = AutoEncoder(**SMALL, epochs=2, validation_size=0.0).fit(frame)
    assert np.isfinite(model.results(frame)["max_abs_z"].to_numpy()).all()


@pytest.mark.parametrize("variant", ["", *VARIANTS])
def test_a_model_that_diverged_is_no_model_and_those_beside_it_are(rows: pl.DataFrame, variant: str) -> None:
    chance = np.random.default_rng(0)
    frames = {
        "wild": rows.select(pl.lit(pl.Series(chance.choice([0.0, 1e18], len(rows)))).alias("n"), "result"),
        "calm": rows.select(pl.lit(pl.Series(chance.normal(size=len(rows)))).alias("n"), "result"),
    }
    # Numbers that are left as they are, so that one user's are too large to learn from and the other's are not.
    made = fitting.variant(variant)(lambda: create("ae", **SMALL, scaler="none", epochs=9), frames.items())
    found = {each.name: each for each in made}
    assert found["calm"].error is None
    assert found["wild"].model is None
    assert isinstance(found["wild"].error, ModelError)
    assert re.match("Training diverged in epoch [1-4]: .* Lower learning_rate", str(found["wild"].error))


def test_numbers_that_are_not_finite_are_named() -> None:
    frame = pl.DataFrame({"fine": [*map(float, range(20))], "n": [float("inf"), *map(float, range(19))]})
    with pytest.raises(DataError, match="Not all numbers in n are finite"):
        AutoEncoder(**SMALL).fit(frame)


@pytest.mark.parametrize(("rows", "held"), [(2, 1), (10, 1), (11, 2), (19, 2), (20, 2), (21, 3)])
def test_the_last_tenth_validates_rounded_up_as_scikit_learn_does(rows: int, held: int) -> None:
    learning, checking = AutoEncoder(**SMALL).begin(pl.DataFrame({"n": [*map(float, range(rows))]}))
    assert (len(learning), len(checking)) == (rows - held, held)
    assert [*map(len, train_test_split(range(rows), test_size=0.1, shuffle=False))] == [rows - held, held]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"activation": "swish"}, "no activation 'swish'; choose one of celu"),
        ({"optimizer": "lion"}, "no optimizer 'lion'"),
        ({"loss_scaler": "x"}, "no scaler 'x'"),
        ({"validation_size": -0.2}, "validation_size -0.2"),
        ({"epochs": 0}, "epochs 0: give a number from 1 on"),
        ({"batch_size": 0}, "batch_size 0: give a number from 1 on"),
        ({"validation_size": 1}, "validation_size 1"),
        ({"patience": -1}, "patience -1"),
        ({"lerning_rate": 1}, "no option lerning_rate"),
        ({"encoder_dropout": (0.1,)}, "1 dropouts for 2 layers"),
    ],
)
def test_choices_that_cannot_be_are_refused(rows: pl.DataFrame, choices: dict[str, Any], words: str) -> None:
    with pytest.raises(FingerprintError, match=words):
        AutoEncoder(**{**SMALL, **choices}).fit(rows)


def test_old_names_of_options_mean_the_new_ones() -> None:
    assert Options.of(swap_p=0.1, lr=0.2, lr_decay=None) == Options(
        swap_probability=0.1, learning_rate=0.2, learning_rate_decay=None
    )
    with pytest.raises(FingerprintError, match="There is no model 'vae'"):
        create("vae")


def test_usual_losses_are_those_of_the_rows_as_they_are(rows: pl.DataFrame) -> None:
    model = AutoEncoder(**SMALL, epochs=3, validation_size=0.0).fit(rows)
    z = model.results(rows, absolute=False)["logcount_z_loss"].to_numpy()
    assert (z.mean(), z.std()) == (pytest.approx(0, abs=1e-5), pytest.approx(1, abs=1e-5))
    assert isinstance(model._usual["logcount"], Affine)


# Devices


@pytest.mark.parametrize("variant", ["", *VARIANTS])
@pytest.mark.parametrize("name", ["ae", "rae-equal"])
@pytest.mark.parametrize(
    "choices",
    [{}, {"optimizer": "adam", "patience": 1}, {"momentum": 0.9, "weight_decay": 0.01, "loss_scaler": "modified"}],
    ids=["sgd", "adam", "momentum"],
)
def test_on_another_device_every_tensor_is_there(variant: str, name: str, choices: dict[str, Any]) -> None:
    frames = {40: log(40, 3), 100: log(100, 5), 77: log(77, 9)}
    options = {**SMALL, "encoder_layers": (16, 16), "epochs": 2, "device": "meta", **choices}
    with OneDevice():
        made = [*fitting.variant(variant)(lambda: create(name, **options), frames.items())]
        assert [each.error for each in made] == [None] * 3
        for each in made:
            assert each.model is not None
            assert each.model.results(frames[each.name]).shape[0] == each.name


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_on_a_cuda_device_models_learn_what_they_learn_on_the_processor() -> None:
    frames = {40: log(40, 3), 100: log(100, 5)}
    for variant in ("", *VARIANTS):
        found = {}
        for device in ("cpu", "cuda"):
            options = {**SMALL, "epochs": 4, "device": device}
            made = fitting.variant(variant)(lambda chosen=options: create("ae", **chosen), frames.items())
            found[device] = {each.name: each.model for each in made if each.model is not None}
        for name, model in found["cpu"].items():
            assert found["cuda"][name].network.width == model.network.width
            scores = [each[name].anomaly_score(frames[name]) for each in found.values()]
            assert scores[1] == pytest.approx(scores[0], abs=1e-3)
