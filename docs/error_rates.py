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

SLOWER = {"nothing": 0, "slower5": 5, "slower10": 10, "slower25": 25}
ALARMS: dict[str, Callable[[Compared], bool]] = {
    "swapbench": lambda made: made.verdicts[TIME] == "regressed",
    **RULES,
}
# Okabe and Ito's colours, and a marker each.
STYLES = zip(("#0072B2", "#D55E00", "#E69F00", "#009E73"), "osD^", strict=True)


def main(samples: Path, picture: Path) -> None:
    """Draw one panel a condition, one line a rule."""
    styles = dict(zip(ALARMS, STYLES, strict=True))
    figure, panels = plt.subplots(1, len(CONDITIONS), figsize=(9, 3.6), sharey=True, layout="constrained")
    for panel, condition in zip(panels, CONDITIONS, strict=True):
        made = kept(samples, condition)
        for name, alarm in ALARMS.items():
            shares = [100 * fmean(alarm(one) for one in made if one.change == change) for change in SLOWER]
            colour, marker = styles[name]
            panel.plot(list(SLOWER.values()), shares, color=colour, marker=marker, label=name, clip_on=False)
        panel.set(
            title=f"{condition}, {len(made) // len(CHANGES)} trials", xlabel="time really added, %", ylim=(0, 100)
        )
        panel.set_xticks(list(SLOWER.values()))
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", alpha=0.3)
    panels[0].set_ylabel("raised an alarm, %")
    panels[-1].legend(frameon=False, loc="lower right")
    figure.savefig(picture, dpi=150)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
