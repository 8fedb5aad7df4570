"""The command `python -m swapbench_models.can`, one part a file."""
