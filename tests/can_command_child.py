"""What tests of the command of `can` have done in a process with torch."""

import io
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from swapbench_models.can.catalogue import ARCHITECTURES, MODELS, STANDS_ON
from swapbench_models.can.command.main import main
from swapbench_models.can.create import create
from swapbench_models.can.detector.fusion import fusion
from swapbench_models.can.runs.generated import Generated
from swapbench_models.can.sizes import KDGAT, SIZES
from swapbench_models.can.windows.windows import Windows


def sizes(profile: str, file: Path) -> tuple[Mapping[str, int | None], Mapping[str, int | None]]:
    """Return the trained numbers of every model in a profile, and of those that have another architecture, in that;
    what stands on others is handed a file that is none of them."""
    own = {name: _count(name, profile, ARCHITECTURES[0], file) for name in SIZES}
    return own, {name: _count(name, profile, "kdgat", file) for name in KDGAT}


def _count(name: str, profile: str, architecture: str, file: Path) -> int | None:
    if SIZES[name][profile] is None:
        return None
    if name.startswith("fusion_"):
        first, second = (SimpleNamespace(name=each, file=file) for each in STANDS_ON[name])
        kind: Any = name.removeprefix("fusion_")
        return fusion(kind, first=first, second=second, profile=profile).count_parameters()
    on = dict.fromkeys(STANDS_ON.get(name, ()), file)
    made = create(name, profile=profile, architecture=architecture, on=on)
    if name.startswith("logistic_regression"):  # counts what it has learnt
        made.fit(Generated("quick", 0).dataset("hcrl_sa").training.windows)
    return made.count_parameters()


def without_windows(folder: Path) -> dict[str, list[tuple[int, ...]]]:
    """Return for each row the shapes of its scores of recordings that are too short for a window, and of none, once it
    is trained."""
    of = Generated("quick", 0)
    whole = of.dataset("hcrl_sa").training.windows
    short = (Windows((whole.recordings[0][:99],)), Windows((whole.recordings[0][:0],)), Windows(()))
    files: dict[str, Path] = {}
    found = {}
    for name in MODELS:
        made = create(name, on={need: files[need] for need in STANDS_ON.get(name, ())})
        made.fit(whole)
        files[name] = folder / name
        made.save_fitted(files[name])
        found[name] = [made.scores(each).shape for each in short]
    return found


def ran(*arguments: object) -> tuple[int, str, str]:
    """Return the status of the command with the family's own detectors, and what it said on stdout and stderr."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = main([str(each) for each in arguments])
    return status, out.getvalue(), err.getvalue()
