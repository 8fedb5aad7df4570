"""The command `python -m swapbench_models.video`, one part a file."""
