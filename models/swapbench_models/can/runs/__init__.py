"""Runs: models trained on recordings, kept with what they stand on, judged on what they never saw, and compared."""
