"""Moments: a run is let go on to one that is drawn, from its whole life or from when it measures."""

from faults.running import Running
from faults.victim import Truth, Victim


def started(victim: Victim, truth: Truth, *arguments: str) -> Running:
    """Start the command, and let it go on to such a moment."""
    running = victim.command(*arguments)
    running.sleep(victim.chance.uniform(0, truth.took_s["2" if "-n" in arguments else "0"]))
    return running


def measuring(running: Running, victim: Victim, within_s: float) -> None:
    """Let a command go on to a moment that is drawn from so long after it has begun to measure."""
    while not running.over and not running.measuring:
        running.sleep(0.01)
    running.sleep(victim.chance.uniform(0, within_s))
