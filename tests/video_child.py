"""What tests of the networks of clips have done in a process with torch."""

import hashlib
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.video import create, load_pretrained
from swapbench_models.video.catalogue import CLIPS
from swapbench_models.video.error import VideoError
from swapbench_models.video.measured.rivals import pytorchvideo
from swapbench_models.video.networks import x3d
from swapbench_models.video.networks.clips import inside_out
from swapbench_models.video.networks.convolution import convolution, convolve
from swapbench_models.video.networks.counting import macs, parameters

# Kernel, stride and whether each channel is by itself: all that the networks have.
CONVOLUTIONS = (
    ((1, 1, 1), (1, 1, 1), False),
    ((1, 1, 1), (1, 2, 2), False),
    ((1, 3, 3), (1, 1, 1), False),
    ((1, 7, 7), (1, 2, 2), False),
    ((3, 1, 1), (1, 1, 1), False),
    ((5, 1, 1), (1, 1, 1), True),
    ((7, 1, 1), (4, 1, 1), False),
    ((5, 7, 7), (1, 2, 2), False),
    ((3, 3, 3), (1, 1, 1), True),
    ((3, 3, 3), (1, 2, 2), True),
)


def clips(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gap(one: Tensor, other: Tensor) -> float:
    return float((one - other).detach().abs().max())


def sized(name: str, num_classes: int, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return a network's parameters, multiply-adds and saved tensors in profile paper."""
    with torch.device("meta"):
        made = create(name, num_classes=num_classes, profile="paper")
    return parameters(made), macs(made, shape), len(made.state_dict())


def sized_x3d(which: str, num_classes: int) -> int:
    with torch.device("meta"):
        return parameters(x3d.X3D(x3d.PUBLISHED[which], num_classes))


def backbone(name: str) -> int:
    with torch.device("meta"):
        return parameters(create(name, profile="paper").backbone)


def names(name: str) -> str:
    """Return a digest of the names and shapes of a network's saved tensors."""
    with torch.device("meta"):
        return digest(create(name, num_classes=400, profile="paper"))


def digest(made: nn.Module) -> str:
    lines = sorted(f"{name} {tuple(each.shape)}" for name, each in made.state_dict().items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def counted_on_cpu(name: str) -> tuple[int, int, bool]:
    """Return what a small network of a profile computes: counted, counted again, and whether it is as it was."""
    made = create(name).train()
    before = [each.clone() for each in made.state_dict().values()]
    once, again = (macs(made, (1, 3, 8, 64, 64)) for _ in range(2))
    same = made.training and all(map(torch.equal, before, made.state_dict().values()))
    return once, again, same


def apart(clip_count: int, training: bool) -> list[float]:
    """Return how far outputs and gradients are from those of the plain layers, for each convolution."""
    found = []
    for kernel, stride, alone in CONVOLUTIONS:
        torch.manual_seed(0)
        layer = convolution(6, 6, kernel, stride, 6 if alone else 1).double()
        norm = nn.BatchNorm3d(6).double().train(training)
        for value in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            nn.init.uniform_(value, 0.5, 1.5)
        x = clips(clip_count, 6, 8, 9, 10).double().requires_grad_()
        ours = convolve(inside_out(x), layer, norm)
        with torch.no_grad():
            left = convolve(inside_out(x), layer)
        weights = (x, layer.weight, norm.weight, norm.bias)
        pull = clips(*ours.shape, seed=1).double()
        gradients = torch.autograd.grad((ours * pull).sum(), weights)
        plain = layer(x)
        theirs = norm(plain)
        expected = torch.autograd.grad((theirs * pull).sum(), weights)
        pairs = [(ours, theirs), (left, plain), *zip(gradients, expected, strict=True)]
        found.append(max(gap(a, b) / gap(b, torch.zeros(())) for a, b in pairs))
    return found


def drawn(name: str) -> tuple[bool, bool, bool]:
    """Return whether the same seed gives the same weights, another one others, and other draws are left alone."""
    torch.manual_seed(7)
    expected = torch.randn(3)
    torch.manual_seed(7)
    one, same, other = (create(name, seed=seed).state_dict() for seed in (1, 1, 2))
    alone = torch.equal(torch.randn(3), expected)
    return (
        all(map(torch.equal, one.values(), same.values())),
        all(map(torch.equal, one.values(), other.values())),
        alone,
    )


def losses(name: str) -> tuple[float, float]:
    """Return the loss on eight clips before and after some steps, of a yes that is a brighter second half."""
    frames, side = CLIPS["quick"][name]
    x, y = clips(8, 3, frames, side, side), torch.arange(8) % 2
    x[y == 1, :, frames // 2 :] += 1
    made = create(name)
    optimizer = torch.optim.Adam(made.parameters(), 0.01)
    found = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(made(x)[:, 0], y.float())
        loss.backward()
        optimizer.step()
        found.append(float(loss.detach()))
    return found[0], found[-1]


def predicted(name: str, *shape: int) -> tuple[int, ...]:
    with torch.inference_mode():
        return tuple(create(name, num_classes=5).eval()(clips(*shape)).shape)


@torch.inference_mode()
def averaged() -> tuple[float, float]:
    """Return how far the naive network's logits of three and of seven frames are from the mean of each frame's."""
    made = create("naive_cnn").eval()
    found = []
    for count in (3, 7):
        x = clips(2, 3, count, 64, 64)
        alone = torch.stack([made(frame) for frame in x.split(1, dim=2)]).mean(dim=0)
        found.append(gap(made(x), alone))
    return found[0], found[1]


def frozen(name: str) -> tuple[float, float, bool]:
    """Return how far a frame's features are from timm's [CLS] token, logits of kept features from a clip's, and whether
    a frozen backbone is as it was after a step."""
    made = create(name).eval()
    made.freeze()
    x = clips(2, 3, 4, 64, 64)
    features = made.features(x)
    tokens = made.backbone.forward_features(x[:, :, 1])[:, 0]
    told = gap(made.head(features), made(x))
    before = [value.clone() for value in made.backbone.state_dict().values()]
    optimizer = torch.optim.SGD(made.parameters(), 1.0)
    made.train()(x).sum().backward()
    optimizer.step()
    same = all(map(torch.equal, before, made.backbone.state_dict().values()))
    return gap(features[:, 1], tokens), told, same


def saved(name: str, file: Path, num_classes: int, **more: Any) -> None:
    """Save a network as it is published."""
    made = create(name, num_classes=num_classes, seed=3)
    torch.save({"model_state": made.state_dict(), **more}, file)


def saved_backbone(file: Path) -> None:
    """Save the backbone as timm publishes it: with a head of a thousand classes."""
    own = create("vit_gru", seed=3).backbone.state_dict()
    width = own["norm.weight"].numel()
    content = {**own, "head.weight": torch.zeros(1000, width), "head.bias": torch.zeros(1000)}
    save_file(content, file) if file.suffix == ".safetensors" else torch.save(content, file)


def loaded(name: str, file: Path, num_classes: int) -> tuple[list[str], list[str]]:
    """Return the names that load_pretrained did not take, and those of the network that are not the file's now."""
    made = create(name, num_classes=num_classes, seed=4)
    left = load_pretrained(made, file)
    content = load_file(file) if file.suffix == ".safetensors" else torch.load(file, weights_only=True)
    content = content.get("model_state", content)
    own = getattr(made, "backbone", made).state_dict()
    return left, [key for key, value in own.items() if not torch.equal(value, content[key])]


def spoilt(file: Path) -> dict[str, str]:
    """Return what is said of each file whose weights are not as they were saved, or are none."""
    weights = create("x3d", seed=3).state_dict()
    first, counted = next(iter(weights)), next(name for name in weights if name.endswith("num_batches_tracked"))
    one = weights[first]
    with warnings.catch_warnings(action="ignore"):  # torch's own, of kinds of tensors that are going
        quantized = torch.quantize_per_tensor(one, 0.1, 0, torch.qint8)
    others = {
        "not a number": {first: one * float("nan")},
        "infinite in float32": {first: one.double() + 1e300},
        "integers": {first: one.to(torch.int8)},
        "complex": {first: one.to(torch.complex64)},
        "counted in floats": {counted: weights[counted].float()},
        "sparse": {first: one.to_sparse()},
        "quantized": {first: quantized},
        "meta": {first: one.to("meta")},
        "numbered": {3: one},
        "a word": {first: "word"},
        "half": {first: one.half()},
    }
    said = {}
    for how, other in others.items():
        with warnings.catch_warnings(action="ignore"):
            torch.save({**weights, **other}, file)
            said[how] = _said(file)
    torch.save(weights, file)
    whole = file.read_bytes()
    at = whole.index(one.numpy().tobytes()) + 3
    file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    return {**said, "flipped": _said(file)}


def _said(file: Path) -> str:
    try:
        load_pretrained(create("x3d"), file)
    except VideoError as error:
        return str(error)
    return ""


def beside(folder: Path, name: str, shape: tuple[int, ...]) -> tuple[float, float, str]:
    """Return how far our logits are from PyTorchVideo's with its weights, how those spread, and its names' digest."""
    theirs = pytorchvideo.network(folder, name)
    ours = create(name, num_classes=400, profile="paper").eval()
    ours.load_state_dict(theirs.state_dict())
    call, x = pytorchvideo.caller(name, theirs), clips(*shape)
    with torch.inference_mode():
        expected = call(x)
        return gap(ours(x), expected), float(expected.std()), digest(theirs)
