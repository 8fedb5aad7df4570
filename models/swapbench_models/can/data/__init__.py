"""Data sets: where their files lie, and seeded recordings that take the place of those that are not there."""
