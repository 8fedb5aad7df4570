"""Draws docs/gate.png: how often the gate and other rules raise an alarm, by how much slower the code really is.

swapbench selfcheck --gate --samples samples.jsonl
python docs/error_rates.py samples.jsonl docs/gate.png
"""

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import matplotlib.pyplot as plt

from swapbench.commands.selfcheck.gate.change import CHANGES, TIME
from swapbench.commands.selfcheck.gate.check import CONDITIONS, kept
from swapbench.commands.selfcheck.gate.rules import RULES
from swapbench.commands.selfcheck.gate.trial import Compared
from swapbench_models.style import LIGHT, painting

SLOWER = {"nothing": 0, "slower5": 5, "slower10": 10, "slower25": 25}
ALARMS: dict[str, Callable[[Compared], bool]] = {
    "swapbench": lambda made: made.verdicts[TIME] == "regressed",
    **RULES,
}
MARKERS = "osD^"


Shares = dict[str, list[float]]  # of each rule the alarms, %, at each of SLOWER


def main(samples: Path, picture: Path) -> None:
    """Draw what trials have shown."""
    found = {}
    for condition in CONDITIONS:
        made = kept(samples, condition)
        found[f"{condition}, {len(made) // len(CHANGES)} trials"] = {
            name: [100 * fmean(alarm(one) for one in made if one.change == change) for change in SLOWER]
            for name, alarm in ALARMS.items()
        }
    with painting(LIGHT):
        draw(found, picture)


def draw(found: dict[str, Shares], picture: Path) -> None:
    """Draw one panel a condition, one line a rule."""
    figure, panels = plt.subplots(1, len(found), figsize=(9, 3.6), sharey=True, layout="constrained")
    for panel, (condition, rules) in zip(panels, found.items(), strict=True):
        for (name, shares), colour, marker in zip(rules.items(), LIGHT.shades, MARKERS, strict=False):
            panel.plot(list(SLOWER.values()), shares, color=colour, marker=marker, label=name, clip_on=False)
        panel.set(title=condition, xlabel="time really added, %", ylim=(0, 100))
        panel.set_xticks(list(SLOWER.values()))
        panel.grid(visible=False, axis="x")
    panels[0].set_ylabel("raised an alarm, %")
    panels[-1].legend(loc="lower right")
    figure.savefig(picture, dpi=150)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
