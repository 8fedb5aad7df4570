"""Networks of clips: they are what their names say, weight by weight, and compute what PyTorchVideo's and timm's do."""

import pickle
import re
from pathlib import Path

import pytest

from helpers import require
from library_process import Ask, process
from swapbench_models.error import FamilyError
from swapbench_models.video import create
from swapbench_models.video.catalogue import CLIPS, MODELS, PROFILES
from swapbench_models.video.error import VideoError
from swapbench_models.video.measured.rivals.packages import packages

CHILD = "video_child"
NETWORKS = tuple(CLIPS["paper"])
# Of PyTorchVideo 0.1.5: the names and shapes of what its networks of 400 classes save.
NAMES = {
    "slowfast": "b64258d537dd0d36112ed878c11546389102ac459f198d1924d33a3dbf2ebe30",
    "x3d": "92cf6db9a1a738225146f7437e37d7696dcce71a7dd76afdd119768769bb9421",
}
SHAPES = {"slowfast": (1, 3, 32, 256, 256), "x3d": (1, 3, 16, 224, 224)}
VIT = 85_798_656


@pytest.fixture
def ask(torch: Ask) -> Ask:
    """Call a function of the child where torch and timm may be imported."""
    require("timm")
    return lambda name, *arguments: torch(f"{CHILD}:{name}", *arguments)


@pytest.mark.parametrize(
    ("name", "classes", "parameters", "macs"),
    [
        ("slowfast", 400, 34_566_488, 65_711_652_864),
        ("slowfast", 1, 33_646_793, 65_711_652_864 - 4 * 399 * 2304),  # four windows of a last picture of 8 pixels
        ("x3d", 400, 3_794_274, 4_732_468_736),
        ("x3d", 1, 2_976_723, 4_732_468_736 - 399 * 2048),
    ],
)
def test_parameters_and_multiply_adds_are_the_published(
    ask: Ask, name: str, classes: int, parameters: int, macs: int
) -> None:
    found = ask("sized", name, classes, SHAPES[name])
    assert found == (parameters, macs, {"slowfast": 662, "x3d": 563}[name])


def test_the_other_sizes_of_x3d_have_their_parameters(ask: Ask) -> None:
    assert [ask("sized_x3d", which, classes) for which in ("XS", "S", "L") for classes in (400, 1)] == [
        *(3_794_274, 2_976_723) * 2,
        *(6_153_384, 5_335_833),
    ]


def test_networks_over_frames_are_a_vit_and_their_head(ask: Ask) -> None:
    shape = (1, 3, 8, 224, 224)
    tokens, width = 197, 768
    layers = 12 * (12 * tokens * width**2 + 2 * tokens**2 * width)
    seen = 8 * (layers + 196 * width**2)
    gru = 8 * (3 * 256 * (width + 3 * 256)) + 256
    attentive = 2 * (8 * (4 * width**2 + 2 * width * 2048) + 2 * 8**2 * width) + width
    assert ask("sized", "vit_gru", 1, shape)[:2] == (VIT + 1_182_977, seen + gru)
    assert ask("sized", "vit_transformer", 1, shape)[:2] == (VIT + 11_028_737, seen + attentive)
    assert ask("backbone", "vit_gru") == VIT


def test_the_naive_network_is_counted_by_hand(ask: Ask) -> None:
    kernels = [9 * inputs * outputs for inputs, outputs in ((3, 32), (32, 64), (64, 128))]
    parameters = sum(kernels) + 2 * (32 + 64 + 128) + (128 + 1) * 64 + (64 + 1) * 2
    pictures = sum(kernel * side**2 for kernel, side in zip(kernels, (112, 56, 28), strict=True))
    found = ask("sized", "naive_cnn", 2, (1, 3, 8, 224, 224))
    assert found[:2] == (parameters, 8 * (pictures + 128 * 64 + 64 * 2))


@pytest.mark.parametrize("name", ["slowfast", "x3d"])
def test_weights_bear_the_names_of_those_that_are_published(ask: Ask, name: str) -> None:
    assert ask("names", name) == NAMES[name]


@pytest.mark.parametrize("name", NETWORKS)
def test_counting_leaves_a_network_as_it_is(ask: Ask, name: str) -> None:
    once, again, same = ask("counted_on_cpu", name)
    assert once == again > 0
    assert same


@pytest.mark.parametrize("clips", [1, 2])
@pytest.mark.parametrize("training", [False, True])
def test_a_convolution_is_that_of_torch_however_it_is_executed(ask: Ask, clips: int, training: bool) -> None:
    assert max(ask("apart", clips, training)) < 1e-12


@pytest.mark.parametrize("name", NETWORKS)
def test_a_seed_gives_the_weights_and_leaves_other_draws_alone(ask: Ask, name: str) -> None:
    assert ask("drawn", name) == (True, False, True)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_small_network_learns_what_changes_in_a_clip(ask: Ask, name: str) -> None:
    first, last = ask("losses", name)
    assert last < 0.7 * first


def test_convolutions_take_clips_of_any_size(ask: Ask) -> None:
    assert ask("predicted", "slowfast", 2, 3, 4, 33, 70) == (2, 5)
    assert ask("predicted", "slowfast", 1, 3, 64, 160, 160) == (1, 5)
    assert ask("predicted", "x3d", 2, 3, 1, 33, 70) == (2, 5)
    assert ask("predicted", "naive_cnn", 2, 3, 1, 33, 70) == (2, 5)


def test_the_naive_network_averages_over_the_frames_that_there_are(ask: Ask) -> None:
    assert max(ask("averaged")) < 1e-6


@pytest.mark.parametrize("name", ["vit_gru", "vit_transformer"])
def test_a_frozen_backbone_gives_features_that_can_be_kept(ask: Ask, name: str) -> None:
    tokens, logits, same = ask("frozen", name)
    assert max(tokens, logits) < 1e-5
    assert same


def test_a_clip_of_another_shape_is_told(ask: Ask) -> None:
    with pytest.raises(VideoError, match=r"every 4th frame, and a clip has 6; give a multiple of 4\.$"):
        ask("predicted", "slowfast", 1, 3, 6, 64, 64)
    for name in NETWORKS:
        for shape in ((3, 8, 64, 64), (1, 8, 3, 64, 64)):
            with pytest.raises(VideoError, match=r"\(clips, 3 colours, frames, height, width\), and not \("):
                ask("predicted", name, *shape)


def test_a_name_that_is_unknown_lists_those_that_are_known() -> None:
    with pytest.raises(VideoError, match=f"^There is no model 'r3d_18'; known are {', '.join(MODELS)}\\.$"):
        create("r3d_18")
    with pytest.raises(VideoError, match=f"^There is no profile 'tiny'; known are {', '.join(PROFILES)}\\.$"):
        create("x3d", profile="tiny")
    with pytest.raises(VideoError, match=r"^num_classes=0 "):
        create("x3d", num_classes=0)


@pytest.mark.parametrize("name", ["slowfast", "x3d"])
def test_published_weights_are_taken_but_for_a_head_of_other_classes(ask: Ask, tmp_path: Path, name: str) -> None:
    file = tmp_path / "published.pyth"
    ask("saved", name, file, 7)
    assert ask("loaded", name, file, 7) == ([], [])
    assert ask("loaded", name, file, 1) == (["blocks.5.proj.weight", "blocks.5.proj.bias"],) * 2


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_a_backbone_takes_weights_of_timm(ask: Ask, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"vit.{ending}"
    ask("saved_backbone", file)
    left, others = ask("loaded", "vit_gru", file, 1)
    assert sorted(left) == ["head.bias", "head.weight"]
    assert others == []


def test_weights_that_are_missing_damaged_or_anothers_are_an_error_and_never_drawn(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "published.pyth"
    with pytest.raises(VideoError, match=r"published\.pyth: is no file; "):
        ask("loaded", "x3d", file, 1)
    ask("saved", "slowfast", file, 1)
    with pytest.raises(VideoError, match=r"published\.pyth: holds another network than X3D; blocks\.0\..* more\.$"):
        ask("loaded", "x3d", file, 1)
    with pytest.raises(VideoError, match=r"^No weights are published for NaiveCNN; "):
        ask("loaded", "naive_cnn", file, 1)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(VideoError, match=r"published\.pyth: is damaged, or more than weights; "):
        ask("loaded", "slowfast", file, 1)
    file.write_bytes(pickle.dumps({"model_state": print}, 2))
    with pytest.raises(VideoError, match=r"published\.pyth: is damaged, or more than weights; "):
        ask("loaded", "slowfast", file, 1)
    file.write_bytes(b"\x80\x02.")
    with pytest.raises(VideoError, match=r"published\.pyth: is damaged, or more than weights; "):
        ask("loaded", "slowfast", file, 1)
    other = tmp_path / "vit.safetensors"
    other.write_bytes(b"none")
    with pytest.raises(VideoError, match=r"vit\.safetensors: is no readable safetensors file; "):
        ask("loaded", "vit_gru", other, 1)


def test_weights_that_changed_on_disk_or_are_no_numbers_are_an_error(ask: Ask, tmp_path: Path) -> None:
    said = ask("spoilt", tmp_path / "published.pyth")
    assert "published.pyth: is damaged, or more than weights; " in said.pop("flipped")
    for how in ("not a number", "infinite in float32"):
        assert re.search(r"published\.pyth: is damaged, .*, for blocks\..* is not finite\.$", said.pop(how)), how
    for how in ("integers", "complex", "counted in floats"):
        assert re.search(r"published\.pyth: holds another network .* of (int8|complex64|float32),", said.pop(how)), how
    for how in ("sparse", "quantized", "meta", "numbered", "a word"):
        assert re.search(r"published\.pyth: holds .* which is no weight; give ", said.pop(how)), how
    assert said == {"half": ""}


@pytest.mark.long
def test_logits_are_those_of_pytorchvideo_with_its_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the sizes of the papers; without a package index there is nothing to compare with."""
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)  # those of the other tests' process, which would stop pip
    try:
        packages().install(tmp_path)
    except FamilyError as error:
        if "No matching distribution" not in str(error):
            raise
        pytest.skip(str(error))
    with process("torch", "torchvision", PYTHONWARNINGS="default") as ask:
        for name, shape in SHAPES.items():
            apart, spread, names = ask(f"{CHILD}:beside", tmp_path, name, shape)
            assert apart < 1e-5
            assert spread > 0.05
            assert names == NAMES[name]
