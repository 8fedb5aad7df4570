"""The family as it is measured: its data, its detectors and their scores, and its rivals."""
