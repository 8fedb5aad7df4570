"""The command `python -m swapbench_models.neural`, one part a file."""
