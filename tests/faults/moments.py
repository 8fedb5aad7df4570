"""Moments: a run is let go on to a moment that is drawn from its whole life."""

from faults.running import Running
from faults.victim import Truth, Victim


def started(victim: Victim, truth: Truth, *arguments: str) -> Running:
    """Start the command, and let it go on to such a moment."""
    running = victim.command(*arguments)
    running.sleep(victim.chance.uniform(0, truth.took_s["2" if "-n" in arguments else "0"]))
    return running
