"""Stacked training: many users' models taught at once."""
