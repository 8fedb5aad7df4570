"""Faults: what is done to the real command, what is promised of it, and whether that is kept."""
