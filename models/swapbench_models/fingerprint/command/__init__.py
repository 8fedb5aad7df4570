"""The command `python -m swapbench_models.fingerprint`."""
