"""The family as it is measured: its data, its classifiers and their scores, and its rivals."""
