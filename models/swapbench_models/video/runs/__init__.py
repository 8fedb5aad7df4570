"""Runs: several models trained on the same folds of a set of clips, in a folder, from which nothing is lost."""
