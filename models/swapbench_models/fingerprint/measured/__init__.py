"""The family as it is measured: one estimator with data and scores, its rivals, and two models trained at once."""
