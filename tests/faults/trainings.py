"""Trainings: a family's command trains on a disk that is full."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from faults.disks import enlarged, mountable, mounted
from faults.fault import Fault, Late
from faults.promise import insist
from faults.running import Running
from faults.victim import Truth, Victim

_VIDEO = [sys.executable, "-m", "swapbench_models.video"]
_PAGE = 4096


def _trained(folder: Path, out: Path) -> list[str]:
    asked = ["--models", "naive_cnn", "--folds", "2", "--epochs", "2"]
    return [*_VIDEO, "train", "--data", str(folder / "clips" / "metadata.csv"), "--out", str(out), *asked]


def _undisturbed(folder: Path) -> Path:
    """Return where an undisturbed training lies; it is made once, beside what undisturbed runs left."""
    out = folder / "trained"
    if not out.exists():
        clips = ["--out", str(folder / "clips"), "--clips", "8", "--frames", "8", "--size", "64"]
        subprocess.run([*_VIDEO, "generate", *clips], check=True, capture_output=True)
        subprocess.run(_trained(folder, out), check=True, capture_output=True)
    return out


def _learnt(out: Path) -> dict[str, str]:
    """Return what a training came to: its weights and what they say of each clip."""
    kept = [*out.rglob("model.safetensors"), *out.rglob("predictions.csv")]
    return {str(path.relative_to(out)): sha256(path.read_bytes()).hexdigest() for path in kept}


def _inject(victim: Victim, truth: Truth) -> None:
    folder = truth.folder.parent
    before = _undisturbed(folder)
    total = sum(-(-path.stat().st_size // _PAGE) * _PAGE for path in before.rglob("*"))
    out = victim.folder / "out"
    mounted(victim, out, int(total * victim.chance.uniform(0.05, 1.0)))
    running = Running.of(victim.project, _trained(folder, out))
    status = running.ended({0, 1, 2})
    victim.settle(running)
    insist("Traceback" not in running.output, "untold", running.output)
    enlarged(out)
    again = Running.of(victim.project, _trained(folder, out))
    again.ended({0})
    insist(_learnt(out) == _learnt(before), "wrong", again.output)
    insist(not [*out.rglob(".partial-*")], "left", "half a file")
    if status == 0:
        raise Late
    insist("No space left on device" in running.output, "untold", running.output)


FAULTS = [
    Fault(
        "disk full while training (a family's checkpoints)",
        "A sentence says so; with room again the same command goes on, and learns the same to the bit.",
        _inject,
        finish=False,
        possible=mountable,
        times=lambda each: -(-each // 5),
    )
]
