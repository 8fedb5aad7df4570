"""Compared: models beside each other over seeds: where their means lie, who leads, and how that is shown."""
