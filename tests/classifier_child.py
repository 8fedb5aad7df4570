"""What tests of the classifiers of clips have done in a process with torch and scikit-learn."""

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import torch._dynamo  # or each fork has to, for its optimizer
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file

import forked
from swapbench_models.error import FamilyError
from swapbench_models.training import checkpoint
from swapbench_models.training.error import OutOfMemoryError
from swapbench_models.video import create
from swapbench_models.video.catalogue import CLIPS, HANDCRAFTED
from swapbench_models.video.classifier.classifier import Classifier
from swapbench_models.video.classifier.create import classifier
from swapbench_models.video.classifier.handcrafted import Handcrafted
from swapbench_models.video.classifier.linear import Linear
from swapbench_models.video.classifier.loss import balanced, losses
from swapbench_models.video.data import loader as loading
from swapbench_models.video.data.loader import Loader
from swapbench_models.video.networks.counting import parameters
from swapbench_models.video.networks.vit import FramesInTime

Given = tuple[list[str], list[int], list[int]]
BRIEF = {"epochs": 3, "patience": 2, "augmentations": 1, "batch_size": 4}


def made(name: str, folder: Path, seed: int = 0, **training: Any) -> Classifier:
    """Return a classifier that is trained for a moment."""
    return classifier(name, seed=seed, folder=folder, **({} if name in HANDCRAFTED else {**BRIEF, **training}))


def fitted(
    name: str, given: Given, folder: Path, seed: int = 0, kept: Path | None = None, **training: Any
) -> Classifier:
    paths, y, groups = given
    return made(name, folder, seed, **training).fit(paths, y, keeper_folder=kept, groups=groups)


def content(found: Classifier, folder: Path) -> bytes:
    """Return all that a file of what was learned holds; safetensors has it in another order each time."""
    return _content(saved(found, folder))


def saved(found: Classifier, folder: Path) -> Path:
    file = folder / "saved"
    found.save_fitted(file)
    return file


def _content(file: Path) -> bytes:
    if file.read_bytes()[64:65] == b"\n":  # a digest, and text
        return file.read_bytes()
    tensors = load_file(file)
    told = json.loads(safe_open(file, "pt").metadata()["told"])
    return json.dumps(told).encode() + b"".join(
        name.encode() + tensors[name].numpy().tobytes() for name in sorted(tensors)
    )


def contract(name: str, given: Given, folder: Path) -> list[str]:
    """Return what does not hold of a classifier that is fitted, fitted anew, saved and loaded."""
    paths, y, _ = given
    first, before = fitted(name, given, folder), made(name, folder)
    probabilities, labels = first.predict_proba(paths), first.predict(np.array(paths))
    kept = content(first, folder)
    loaded = made(name, folder, seed=9)
    loaded.load_fitted(folder / "saved")
    network = name not in HANDCRAFTED
    holds = {
        "shape": probabilities.shape == (len(y), 2) and probabilities.dtype == np.float64,
        "probabilities": bool((probabilities >= 0).all() and np.allclose(probabilities.sum(1), 1, atol=1e-12)),
        "labels": labels.shape == (len(y),) and bool((labels == probabilities.argmax(1)).all()),
        "the same seed gives the same bytes, whatever was fitted before": content(
            first.fit(*given[:2], groups=given[2]), folder
        )
        == kept,
        "loaded": np.array_equal(loaded.predict_proba(paths), probabilities) and content(loaded, folder) == kept,
        "alone as among others": np.allclose(loaded.predict_proba(paths[3:4]), probabilities[3:4], atol=1e-5),
        "none": first.predict_proba([]).shape == (0, 2),
        "parameters": before.count_parameters() == first.count_parameters() == counted(name),
        "multiply-adds": (first.macs_per_clip() or 0) > 0 if network else first.macs_per_clip() is None,
        "batch": first.batch_size == (4 if network else None) and first.epochs == (3 if network else None),
        "progress": (first.progress is not None and first.progress.epochs_run == 3) if network else not first.progress,
        "attempts": [each.error for each in first.attempts] == [""] * network,
    }
    if network:
        holds["another seed gives others"] = content(fitted(name, given, folder, seed=1), folder) != kept
    return [told for told, held in holds.items() if not held]


def counted(name: str) -> int:
    return {"logistic_regression": 33, "svm": 35}[name] if name in HANDCRAFTED else parameters(create(name))


def of_three(name: str, given: Given, folder: Path) -> list[float]:
    """Return the least and largest sum of the probabilities of three classes, and the share of the right ones."""
    paths, _, groups = given
    y = [at % 3 for at in range(len(paths))]
    found = fitted(name, (paths, y, groups), folder).predict_proba(paths)
    return [float(found.sum(1).min()), float(found.sum(1).max()), float(found.shape[1])]


def beside_scikit_learn(name: str, classes: int) -> float:
    """Return how far the probabilities of numbers that were written down and read are from scikit-learn's."""
    draws = np.random.default_rng(0)
    X, y = draws.normal(3, 2, (60, 32)), np.arange(60) % classes
    X[:, 1] = 4.0  # one that is always the same has no spread to be scaled by
    X[:, 0] += y
    pipeline = create(name, num_classes=classes).fit(X, y)
    return float(np.abs(Linear.of(pipeline).probabilities(X) - pipeline.predict_proba(X)).max())


def refusal(name: str, given: tuple[Any, ...], folder: Path, **training: Any) -> str:
    """Return the sentence with which a fit is refused."""
    try:
        fitted(name, given, folder, **training)
    except FamilyError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def refusal_of(name: str, given: Given, folder: Path, training: dict[str, Any]) -> str:
    """Return the same of other settings."""
    return refusal(name, given, folder, **training)


def damaged(name: str, given: Given, folder: Path) -> list[str]:
    """Return which files are read that are not as they were written, or another model's."""
    found = fitted(name, given, folder, epochs=1)
    whole = saved(found, folder).read_bytes()
    others = {"cut off": whole[:-2], "empty": b"", "text": b"no model"}
    for at in np.linspace(0, len(whole) - 2, 40).astype(int).tolist():  # the last byte of a text is a line's end
        others[f"byte {at}"] = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
    wrong = [told for told, each in others.items() if not _refused(name, each, folder)]
    other = "svm" if name != "svm" else "logistic_regression"
    if name not in HANDCRAFTED:
        other = "x3d" if name != "x3d" else "naive_cnn"
    return wrong + [other] * (not _refused(other, whole, folder)) + ["itself"] * _refused(name, whole, folder)


def forged(name: str, given: Given, folder: Path) -> list[str]:
    """Return which files are read that are as somebody wrote them, and hold what no classifier has learned."""
    found = fitted(name, given, folder, epochs=1)
    return _forged_numbers(name, found, folder) if name in HANDCRAFTED else _forged_weights(name, found, folder)


def _forged_numbers(name: str, found: Classifier, folder: Path) -> list[str]:
    told = json.loads(saved(found, folder).read_text().splitlines()[1])
    others: dict[str, Any] = {f"no {key}": {one: told[one] for one in told if one != key} for key in told}
    others |= {f"{key} is a word": {**told, key: "word"} for key in told}
    others |= {f"{key} of NaN": {**told, key: (np.array(told[key]) * np.nan).tolist()} for key in list(told)[2:]}
    others |= {"31 weights": {**told, "weights": [told["weights"][0][:31]]}, "no slopes": told | {"slopes": [1.0] * 2}}
    others |= {"a list": [], "two shifts": {**told, "shifts": [0.0, 0.0]}, "no scale": {**told, "scale": [0.0] * 32}}
    wrong = []
    for what, other in others.items():
        body = json.dumps(other)
        content = f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}\n".encode()
        wrong += [what] * (not _refused(name, content, folder))
    return wrong


def _forged_weights(name: str, found: Classifier, folder: Path) -> list[str]:
    stands_on = {"model": name, "profile": "quick"}
    saved(found, folder)
    told = checkpoint.read(folder / "saved", stands_on)
    model = told["model"]
    others: dict[str, dict[str, Any]] = {f"no {key}": {one: told[one] for one in told if one != key} for key in told}
    for key, values in {
        "batch_size": (-1, 0, 1.5, "8", True, None),
        "classes": (1, 0, "2", 3, 10**9, None),
        "frozen": (True, 0, None),
        "model": (
            None,
            [],
            {},
            {**model, 3: torch.zeros(1)},
            {**model, "more": torch.zeros(1)},
            {key: value[:1] if value.ndim else value for key, value in model.items()},
            {key: value * float("nan") if value.is_floating_point() else value for key, value in model.items()},
            {key: value.to(torch.int8) for key, value in model.items()},
            dict.fromkeys(model, "word"),
        ),
    }.items():
        others |= {f"{key} {at}": {**told, key: value} for at, value in enumerate(values)}
    wrong = []
    for what, other in others.items():
        checkpoint.save(folder / "forged", other, stands_on)
        wrong += [what] * (not _refused(name, (folder / "forged").read_bytes(), folder))
    return wrong


def _refused(name: str, content: bytes, folder: Path) -> bool:
    file = folder / "damaged"
    file.write_bytes(content)
    try:
        made(name, folder).load_fitted(file)
    except FamilyError as error:
        return str(file) in str(error)
    return False


def short_of_memory(
    name: str, given: Given, folder: Path
) -> tuple[list[tuple[int, int, bool]], int | None, bool, bool]:
    """Return the attempts of a fit whose memory is enough for three clips at a time, the batch it says it had, whether
    it comes to what the same steps in such batches come to, and whether one that was kept and goes on does so too."""
    asked = {"batch_size": 8, "accumulation": 1}
    kept = folder / "kept"
    with patch.object(Loader, "batch", _with_room_for(3)):
        found = fitted(name, given, folder, **asked)
        result = content(found, folder)
        fitted(name, given, folder, kept=kept, **asked)
    again = fitted(name, given, folder, kept=kept, **asked)  # there is memory now, and it stays what it was
    expected = content(fitted(name, given, folder, batch_size=2, accumulation=4), folder)
    attempts = [(each.batch_size, each.accumulation, not each.error) for each in found.attempts]
    same = [(each.batch_size, each.accumulation, not each.error) for each in again.attempts] == attempts
    return attempts, found.batch_size, result == expected, same and content(again, folder) == result


def short_of_memory_once(name: str, given: Given, folder: Path) -> tuple[bool, int | None]:
    """Return whether a fit found no room at all, and the batch of one that is asked for again when there is room."""
    kept = folder / "kept"
    try:
        with patch.object(Loader, "batch", _with_room_for(0)):
            fitted(name, given, folder, kept=kept, batch_size=2)
    except OutOfMemoryError:
        return True, fitted(name, given, folder, kept=kept, batch_size=2).batch_size
    return False, None


def _with_room_for(most: int) -> Any:
    real = Loader.batch

    def batch(self: Loader, paths: Sequence[str], number: int | None = None) -> NDArray[np.float32]:
        if len(paths) > most:
            raise MemoryError(f"{len(paths)} clips")
        return real(self, paths, number)

    return batch


def interrupted(name: str, given: Given, folder: Path) -> tuple[list[int], float, float]:
    """Return after how many batches an interruption has led to another result, and how long the last training took:
    as it was said at its end, and again when there was nothing left to train."""
    expected, wrong = content(fitted(name, given, folder), folder), []
    for after in (0, 4, 8):
        kept, real, seen = folder / f"kept{after}", Loader.batch, []

        def batch(self: Loader, *more: Any, real: Any = real, seen: Any = seen, after: int = after) -> Any:
            seen.append(None)
            if len(seen) > after:
                raise KeyboardInterrupt
            return real(self, *more)

        with patch.object(Loader, "batch", batch), suppress(KeyboardInterrupt):
            fitted(name, given, folder, kept=kept)
        found = fitted(name, given, folder, kept=kept)
        if content(found, folder) != expected:
            wrong.append(after)
    return wrong, found.fit_s, fitted(name, given, folder, kept=kept).fit_s


def beside_the_fit(given: Given, folder: Path, seconds: float) -> float:
    """Return how much of a call that fits took longer than it says, where features take so many seconds to make."""
    made, began = Handcrafted.features, time.perf_counter()

    def features(self: Handcrafted, paths: Any) -> Any:
        time.sleep(seconds)
        return made(self, paths)

    with patch.object(Handcrafted, "features", features):
        found = fitted("svm", given, folder)
    assert found.fit_s > 0
    return time.perf_counter() - began - found.fit_s


def best(given: Given, folder: Path) -> tuple[list[float], bool]:
    """Return the losses on what validates, and whether the weights are those that a training ends with that has as many
    epochs as it took to the best."""
    asked = {"learning_rate": 0.05, "schedule": "constant", "epochs": 6, "patience": 0, "augmentations": 0}
    found = fitted("naive_cnn", given, folder, **asked)
    judged = found.progress.validation_losses if found.progress else []
    short = fitted("naive_cnn", given, folder, **asked | {"epochs": int(np.argmin(judged)) + 1})
    kept = content(found, folder)
    return judged, content(short, folder) == kept


def shown(given: Given, folder: Path) -> list[tuple[int | None, int]]:
    """Return in which augmentation clips are shown, and how many at a time, in three epochs of two augmentations."""
    seen: list[tuple[int | None, int]] = []
    real = Loader.batch

    def batch(self: Loader, paths: Sequence[str], number: int | None = None) -> NDArray[np.float32]:
        seen.append((number, len(paths)))
        return real(self, paths, number)

    with patch.object(Loader, "batch", batch):
        fitted("naive_cnn", given, folder, augmentations=2, batch_size=3, accumulation=2, patience=0)
    return seen


def rates(given: Given, folder: Path, schedule: str) -> list[float]:
    """Return the learning rate of each step of two epochs."""
    seen: list[float] = []
    real = torch.optim.AdamW.step

    def step(self: torch.optim.AdamW) -> Any:
        seen.append(self.param_groups[0]["lr"])
        return real(self)

    with patch.object(torch.optim.AdamW, "step", step):
        fitted("naive_cnn", given, folder, schedule=schedule, learning_rate=0.1, epochs=8, patience=0)
    return seen


def weighed() -> tuple[list[float], list[float], list[float]]:
    """Return the weights of four examples of two classes, and the losses of logits for two and for three classes."""
    y = torch.tensor([0, 0, 0, 1])
    two = losses(torch.tensor([[0.0], [1.0], [-1.0], [2.0]]), y)
    three = losses(torch.tensor([[0.0, 1.0, 2.0]]), torch.tensor([2]))
    return balanced(y, 2).tolist(), two.tolist(), three.tolist()


def refusals_to_go_on(name: str, given: Given, folder: Path) -> list[str]:
    """Return why a training does not go on from one of another seed, another rate, of other clips, and of fewer frames
    of each."""
    kept, (paths, y, groups) = folder / "other", given
    fitted(name, given, folder, kept=kept)
    found = []
    for other, training in ((given, {"seed": 1}), (given, {"learning_rate": 0.5}), ((paths, y[::-1], groups), {})):
        try:
            fitted(name, other, folder, kept=kept, **training)
        except FamilyError as error:
            found.append(str(error))
    with patch.dict(CLIPS["quick"], {name: (4, 64)}):
        found.append(refusal(name, given, folder, kept=kept))
    return found


def frozen(name: str, given: Given, folder: Path) -> tuple[int, int, bool, bool]:
    """Return how often the backbone was asked in a first and a second fit, whether both came to the same and it is as
    it was drawn, and whether what was saved predicts the same."""
    asked: list[None] = []
    real = FramesInTime.features

    def features(self: FramesInTime, x: torch.Tensor) -> torch.Tensor:
        asked.append(None)
        return real(self, x)

    with patch.object(FramesInTime, "features", features):
        first = fitted(name, given, folder, frozen=True)
        once = len(asked)
        kept = content(first, folder)
        same = content(fitted(name, given, folder, frozen=True), folder) == kept
    twice = len(asked) - once
    loaded = made(name, folder)
    loaded.load_fitted(folder / "saved")
    drawn = create(name).backbone.state_dict()
    now = first._sight.network.backbone.state_dict()
    same = same and all(torch.equal(each, now[key]) for key, each in drawn.items())
    return once, twice, same, np.array_equal(loaded.predict_proba(given[0]), first.predict_proba(given[0]))


def pretrained(given: Given, folder: Path) -> tuple[bool, str]:
    """Return whether a backbone that was published is taken over and stays, and what is said of a missing file."""
    published = create("vit_gru", seed=7).backbone.state_dict()
    torch.save(published, folder / "published.pth")
    found = fitted("vit_gru", given, folder, pretrained=str(folder / "published.pth"))
    now = found._sight.network.backbone.state_dict()
    taken = all(torch.equal(each, now[key]) for key, each in published.items())
    return taken, refusal("vit_gru", given, folder, pretrained=str(folder / "missing.pth"))


def decoded(given: Given, folder: Path) -> tuple[int, int]:
    """Return how many clips are decoded to have them ready, and in the fit and the predictions that follow."""
    found, seen, real = made("x3d", folder), [], loading.frames

    def frames(*more: Any) -> Any:
        seen.append(None)
        return real(*more)

    with patch.object(loading, "frames", frames):
        found.extract(given[0])
        ready = len(seen)
        found.fit(*given[:2], groups=given[2]).predict(given[0])
    return ready, len(seen) - ready


def killed(given: Given, folder: Path, times: int) -> tuple[int, bool]:
    """Kill a training at random moments and go on with it; return how often it was killed, and whether it came to what
    an undisturbed one comes to."""
    whole, torn = folder / "whole", folder / "torn"
    began = time.perf_counter()
    forked.killed(lambda: _trained(given, folder, whole))
    longest, chance, kills = time.perf_counter() - began, np.random.default_rng(0), 0
    # Ten of these are some two thirds of a training, so that it is not done before the last.
    while kills < times and forked.killed(lambda: _trained(given, folder, torn), chance.uniform(0.0, longest / 8)):
        kills += 1
    forked.killed(lambda: _trained(given, folder, torn))
    return kills, (whole / "result").read_text() == (torn / "result").read_text()


def _trained(given: Given, folder: Path, place: Path) -> None:
    place.mkdir(exist_ok=True)
    found = fitted("naive_cnn", given, folder, kept=place / "kept", epochs=30, patience=0)
    digest = hashlib.sha256(content(found, place)).hexdigest()
    (place / "result").write_text(f"{digest} {found.progress and found.progress.losses}")
