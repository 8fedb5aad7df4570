"""What tests of teachers and students have done in a process with torch."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import can_toys
from swapbench_models.can.detector import student as student_module
from swapbench_models.can.detector.create import detector
from swapbench_models.can.detector.detector import alarms
from swapbench_models.can.detector.distillation import distillation_losses, guidance
from swapbench_models.can.detector.graph_detector import GraphDetector
from swapbench_models.can.detector.lessons import Classifying, Reconstructing, balanced, task_losses
from swapbench_models.can.detector.part import Part
from swapbench_models.can.detector.settings import Settings
from swapbench_models.can.graphs.build import build
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.networks.create import autoencoder, classifier
from swapbench_models.can.windows.held_out import held_out
from swapbench_models.can.windows.windows import Windows
from swapbench_models.error import FamilyError
from swapbench_models.training import checkpoint
from swapbench_models.training.error import OutOfMemoryError

BRIEF = {"autoencoder_epochs": 2, "epochs": 3}


def made(name: str, teacher: Path | None = None, **options: Any) -> GraphDetector:
    """Return a detector that is trained for a moment; a student has this teacher's file."""
    asked = {"profile": "quick", **BRIEF, **options}
    return detector(name, teacher=teacher if name == "student" else None, **asked)


def taught(folder: Path, **options: Any) -> Path:
    """Return the file of a teacher, which is fitted where it is not there."""
    file = folder / f"teacher_{hashlib.sha256(json.dumps(options).encode()).hexdigest()}"
    if not file.exists():
        made("teacher", **options).fit(can_toys.windows()).save_fitted(file)
    return file


def content(found: GraphDetector, file: Path) -> bytes:
    """Return all that a file of what was learnt holds; safetensors has it in another order each time."""
    found.save_fitted(file)
    tensors, told = load_file(file), json.loads(safe_open(file, "pt").metadata()["told"])
    told.pop("sha256")
    return json.dumps(told).encode() + b"".join(
        name.encode() + tensors[name].numpy().tobytes() for name in sorted(tensors)
    )


def contract(name: str, architecture: str, folder: Path) -> list[str]:
    """Return what does not hold of a detector that is fitted, fitted anew, saved and loaded."""
    teacher = taught(folder, architecture=architecture) if name == "student" else None
    windows, new, file = can_toys.windows(), can_toys.windows(9), folder / f"{name}_{architecture}"
    fitted = made(name, teacher, architecture=architecture).fit(windows)
    kept, scores, sources = content(fitted, file), fitted.scores(new), fitted.sources(new)
    loaded = made(name, teacher, architecture=architecture, seed=9)
    loaded.load_fitted(file)
    again = made(name, teacher, architecture=architecture).fit(windows)
    other = made(name, teacher, architecture=architecture, seed=1).fit(windows)
    both = ["autoencoder", "classifier"]
    networks = {"vgae": both[:1], "gat": both[1:]}.get(name, both)
    holds = {
        "scores": scores.shape == (len(new),) and scores.dtype == np.float64 and bool((abs(scores - 0.5) <= 0.5).all()),
        "sources": list(sources) == networks and np.array_equal(sources[networks[-1]], scores),
        "thresholds": fitted.threshold == fitted.thresholds[networks[-1]] and [*fitted.thresholds] == networks,
        "alarms": np.array_equal(alarms(fitted, new), scores > fitted.threshold),
        "the same seed gives the same bytes": content(again, folder / "again") == kept,
        "another seed gives others": content(other, folder / "other") != kept,
        "loaded": np.array_equal(loaded.scores(new), scores) and content(loaded, folder / "loaded") == kept,
        "threshold": loaded.threshold == fitted.threshold,
        "parameters": fitted.count_parameters() == loaded.count_parameters() > 500,
        "progress": [*fitted.progress] == networks and fitted.fit_s > 0,
        "epochs": [each.epochs_run for each in fitted.progress.values()] == {"vgae": [2], "gat": [3]}.get(name, [2, 3]),
        "attempts": [each.error for each in fitted.attempts] == [""] * len(networks),
        "none": fitted.scores(Windows((), can_toys.SIZE)).shape == (0,),
    }
    return [told for told, held in holds.items() if not held]


def finds_attacks(name: str, folder: Path) -> float:
    """Return the share of windows of other recordings of which a detector is right, after its usual training."""
    teacher = taught(folder, autoencoder_epochs=5, epochs=8) if name == "student" else None
    new = can_toys.windows(9)
    found = detector(name, profile="quick", teacher=teacher).fit(can_toys.windows())
    return float((alarms(found, new) == new.labels).mean())


def counted_before() -> list[int]:
    """Return the parameters of the published detectors before they are fitted."""
    return [detector(name, profile="paper").count_parameters() for name in ("teacher", "student_alone", "vgae", "gat")]


def distilled() -> dict[str, float]:
    """Return what distillation says of some logits, in several ways."""
    student, teacher = torch.tensor([-3.0, 0.0, 1.0, 40.0], requires_grad=True), torch.tensor([2.0, 0.5, -1.0, -40.0])
    losses = distillation_losses(student, teacher, 5.0)
    losses.sum().backward()
    assert student.grad is not None
    with_zero = [torch.stack([torch.zeros(4), each / 5], dim=1) for each in (student.detach(), teacher)]
    own, asked = (each.log_softmax(dim=1) for each in with_zero)
    expected = 25 * (asked.exp() * (asked - own)).sum(dim=1)
    single = [(each / 5)[:, None].log_softmax(dim=1) for each in (student.detach(), teacher)]
    equal = teacher.clone().requires_grad_()
    same = distillation_losses(equal, teacher, 5.0).sum()
    same.backward()
    assert equal.grad is not None
    return {
        "least": float(losses.detach().min()),
        "least gradient": float(student.grad.abs().min()),
        "from two outcomes": float((losses.detach() - expected).abs().max()),
        "of a softmax over one": float((single[1].exp() * (single[1] - single[0])).abs().sum()),
        "of equals": float(same.detach().abs()),
        "gradient of equals": float(equal.grad.abs().max()),
    }


def lessons() -> dict[str, Any]:
    """Return what lessons with a teacher come to beside those without."""
    windows = can_toys.windows()
    graphs = build(windows, Vocabulary.learned(windows.recordings))
    size = made("teacher").sizes
    big, judge = (
        make(8, part).eval() for make, part in ((autoencoder, size.autoencoder), (classifier, size.classifier))
    )
    said = guidance(big, judge, graphs)
    labels, part = torch.from_numpy(windows.labels).float(), Part.of(graphs, np.array([3, 30, 17]))
    found: dict[str, Any] = {}
    for alpha in (0.0, 0.5, 1.0):
        settings, ones = Settings(alpha=alpha), torch.ones(len(labels))
        lesson = Classifying(judge, settings, labels, ones, said)
        alone = Classifying(judge, settings, labels, ones)
        found[f"classifier {alpha}"] = _pair(lesson.loss(part, None), alone.loss(part, None))
        wide, none = Reconstructing(big, settings, said), Reconstructing(big, settings)
        found[f"autoencoder {alpha}"] = _pair(wide.loss(part, None), none.loss(part, None))
    small = autoencoder(8, made("student_alone").sizes.autoencoder)
    projected = Reconstructing(small, Settings(), said).module
    found["projection"] = [tuple(each.shape) for each in projected.get_submodule("projection").parameters()]
    return found


def _pair(one: torch.Tensor, other: torch.Tensor) -> tuple[float, float]:
    return float(one.detach()), float(other.detach())


def guided(folder: Path) -> tuple[bool, bool, int]:
    """Return whether a student differs from one that is alone, whether with all weight on labels it does not, and how
    often its teacher is asked of each graph."""
    teacher, windows = taught(folder), can_toys.windows()
    asked = []

    def counting(*given: Any) -> Any:
        asked.append(given)
        return guidance(*given)

    with patch.object(student_module, "guidance", counting):
        student = made("student", teacher).fit(windows)
    alone = made("student_alone").fit(windows)
    new = can_toys.windows(9)
    by_labels = made("student", teacher, alpha=0.0).fit(windows)
    same = np.array_equal(by_labels.sources(new)["classifier"], alone.sources(new)["classifier"])
    differs = all(not np.array_equal(student.sources(new)[name], alone.sources(new)[name]) for name in student.networks)
    return differs, same, len(asked)


def interrupted(name: str, folder: Path) -> list[int]:
    """Return after how many batches an interruption, and one more in what goes on, have led to another result."""
    teacher, windows = taught(folder) if name == "student" else None, can_toys.windows()

    def fitted(kept: Path | None = None) -> bytes:
        return content(made(name, teacher).fit(windows, keeper_folder=kept), folder / "result")

    expected, wrong = fitted(), []
    for after in (0, 6, 13, 22):
        kept = folder / f"{name}_{after}"
        for _ in range(2):
            with _interrupted_after(after), suppress(KeyboardInterrupt):
                fitted(kept)
        if not fitted(kept) == fitted(kept) == expected:
            wrong.append(after)
    return wrong


def _interrupted_after(batches: int) -> Any:
    real, seen = Part.of, []

    def of(*given: Any) -> Part:
        seen.append(None)
        if len(seen) > batches:
            raise KeyboardInterrupt
        return real(*given)

    return patch.object(Part, "of", of)


def goes_on_from(folder: Path) -> list[str]:
    """Return what is said of a kept training that is gone on from with other settings, and with other recordings."""
    made("vgae").fit(can_toys.windows(), keeper_folder=folder)
    others: list[Callable[[], Any]] = [
        lambda: made("vgae", learning_rate=1e-3).fit(can_toys.windows(), keeper_folder=folder),
        lambda: made("vgae", seed=1).fit(can_toys.windows(), keeper_folder=folder),
        lambda: made("vgae").fit(can_toys.windows(2), keeper_folder=folder),
    ]
    return [_said(other) for other in others]


def short_of_memory(folder: Path) -> tuple[list[tuple[int, int, bool]], list[int], list[int], bool]:
    """Return the attempts of a fit with room for eight graphs at a time, the steps of each network and those with room
    enough, and whether a training that was kept comes to the same once there is room."""
    windows = can_toys.windows(count=60)
    with _room_for(8):
        found = made("teacher").fit(windows, keeper_folder=folder / "kept")
    again = made("teacher").fit(windows, keeper_folder=folder / "kept")
    usual = made("teacher").fit(windows)
    attempts = [(each.batch_size, each.accumulation, not each.error) for each in found.attempts]
    steps = [[each.steps for each in some.progress.values()] for some in (found, usual)]
    same = content(again, folder / "again") == content(found, folder / "found") and again.attempts == found.attempts
    return attempts, *steps, same


def no_room_once(folder: Path) -> tuple[bool, int]:
    """Return whether a fit found no room at all, and the batch of one that is asked for again when there is room."""
    windows = can_toys.windows(count=60)
    try:
        with _room_for(0):
            made("gat", retries=1).fit(windows, keeper_folder=folder)
    except OutOfMemoryError:
        return True, made("gat", retries=1).fit(windows, keeper_folder=folder).attempts[-1].batch_size
    return False, 0


@contextmanager
def _room_for(most: int) -> Iterator[None]:
    """Let training, and no judging, have room for so many graphs at a time."""
    of_classifier, of_autoencoder = Classifying.loss, Reconstructing.loss

    def loss(self: Any, part: Part, generator: Any) -> Any:
        if generator is not None and len(part) > most:
            raise MemoryError(f"{len(part)} graphs")
        return (of_classifier if isinstance(self, Classifying) else of_autoencoder)(self, part, generator)

    with patch.object(Classifying, "loss", loss), patch.object(Reconstructing, "loss", loss):
        yield


def refusals(folder: Path) -> dict[str, str]:
    """Return what is said where there is nothing to learn from, or to learn of."""
    frames = can_toys.recording(2000, 0, attacks=False)
    unlabelled = Windows((can_toys.recording(2000, 1, labelled=False),), can_toys.SIZE, can_toys.SIZE)
    normal, none = Windows((frames,), can_toys.SIZE, can_toys.SIZE), Windows((frames[:10],), can_toys.SIZE)
    attacked = can_toys.recording(2000, 1)
    everywhere = Windows((attacked[np.flatnonzero(attacked.attacks == 1)],), can_toys.SIZE, can_toys.SIZE)
    teacher, windows, fewer = taught(folder), can_toys.windows(), can_toys.windows()
    ids = [np.where(each.ids == 0x300, 0x200, each.ids) for each in fewer.recordings]
    parts = [
        type(each)(each.times, own, each.lengths, each.payloads, each.attacks)
        for each, own in zip(fewer.recordings, ids, strict=True)
    ]
    other = Windows(tuple(parts), can_toys.SIZE, can_toys.SIZE)
    fitted = made("gat").fit(windows)
    asked: dict[str, Callable[[], Any]] = {
        "unlabelled": lambda: made("teacher").fit(unlabelled),
        "normal": lambda: made("teacher").fit(normal),
        "attacked": lambda: made("vgae").fit(everywhere),
        "none": lambda: made("teacher").fit(none),
        "no teacher": lambda: made("student", folder / "none").fit(windows),
        "other identifiers": lambda: made("student", teacher).fit(other),
        "other profile": lambda: made("student", teacher, profile="standard").fit(windows),
        "other architecture": lambda: made("student", teacher, architecture="kdgat").fit(windows),
        "unfitted": lambda: made("teacher").scores(windows),
        "unfitted thresholds": lambda: made("teacher").thresholds,
        "other windows": lambda: fitted.scores(Windows(windows.recordings, can_toys.SIZE + 1, 50)),
        "no autoencoder": lambda: fitted.anomaly(windows),
        "diverged": lambda: made("gat", learning_rate=1e30, clip=1e30).fit(windows),
        "folder": lambda: made("gat").fit(windows, keeper_folder=teacher),
    }
    return {name: _said(ask) for name, ask in asked.items()}


def _said(ask: Callable[[], Any]) -> str:
    try:
        ask()
    except FamilyError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def forged(folder: Path) -> list[str]:
    """Return which files are believed that are damaged, another's, or hold what nothing can have learnt."""
    fitted, file = made("teacher").fit(can_toys.windows()), folder / "file"
    fitted.save_fitted(file)
    stands_on, values = _told(file), fitted.learnt.saved()
    whole = file.read_bytes()
    believed = []
    for name, change in {
        "vocabulary": {"vocabulary": [3, 1]},
        "window": {"window": "wide"},
        "thresholds": {"thresholds": {"autoencoder": 0.5, "classifier": float("nan")}},
        "no thresholds": {"thresholds": {}},
        "weights": {"networks": {"classifier": {}}},
        "networks": {"networks": {"other": {}}},
        "no networks": {"networks": {}},
        "nothing": dict.fromkeys(values),
    }.items():
        checkpoint.save(file, {**values, **change}, stands_on)
        believed += [name] * (str(file) not in _said(lambda: made("teacher").load_fitted(file)))
    for at in range(0, len(whole), len(whole) // 20):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        believed += [f"byte {at}"] * (str(file) not in _said(lambda: made("teacher").load_fitted(file)))
    file.write_bytes(whole)
    for name in ("student_alone", "vgae", "gat"):
        believed += [name] * (str(file) not in _said(lambda name=name: made(name).load_fitted(file)))
    believed += ["edges"] * (str(file) not in _said(lambda: made("teacher", edge_features=True).load_fitted(file)))
    return believed


def _told(file: Path) -> dict[str, str]:
    told: dict[str, str] = json.loads(safe_open(file, "pt").metadata()["told"])["stands_on"]
    return told


def hardest() -> tuple[bool, bool, bool, bool]:
    """Return whether the classifier of a teacher learns of all attacks, of as many normal windows as were asked for, of
    those that its autoencoder finds hardest, and of no window that validates."""
    windows, learned_of, loss = can_toys.windows(), set[int](), Classifying.loss

    def noted(self: Any, part: Part, generator: Any) -> Any:
        if generator is not None:
            learned_of.update(part.places.tolist())
        return loss(self, part, generator)

    with patch.object(Classifying, "loss", noted):
        fitted = made("teacher", normals=2.0).fit(windows)
    labels = windows.labels
    learned, judged = held_out(windows, labels, 0.2, 0)
    attacks, normal = learned[labels[learned] == 1], learned[labels[learned] == 0]
    anomalies = fitted.anomaly(windows)
    chosen = [at for at in learned_of if labels[at] == 0]
    left = sorted(set(normal.tolist()) - learned_of)
    return (
        set(attacks.tolist()) <= learned_of,
        len(chosen) == 2 * len(attacks),
        bool(left) and anomalies[chosen].min() >= anomalies[left].max(),
        not learned_of & set(judged.tolist()),
    )


def task() -> tuple[list[float], list[float], list[float]]:
    """Return losses of logits with labels, those in focus, and the weights of classes."""
    logits, labels = torch.tensor([0.0, 2.0, -1.0]), torch.tensor([1.0, 1.0, 0.0])
    return (
        task_losses(logits, labels).tolist(),
        task_losses(logits, labels, 1.0).tolist(),
        balanced(torch.tensor([0, 0, 0, 1])).tolist(),
    )


def options_matter() -> list[str]:
    """Return which options of training change nothing."""
    windows = can_toys.windows(count=60)
    usual = made("teacher", threshold="half").fit(windows)
    new = can_toys.windows(9, count=30)
    unused = []
    for option in (
        *({"loss": "focal"}, {"balanced": True}, {"edge_features": True}, {"beta": 1.0}, {"normals": 1.0}),
        *({"weight_decay": 0.5}, {"clip": 0.01}, {"batch_size": 8}),
    ):
        found = made("teacher", threshold="half", **option).fit(windows)
        same = [np.array_equal(found.sources(new)[name], usual.sources(new)[name]) for name in found.networks]
        unused += [str(option)] * all(same)
    return unused
