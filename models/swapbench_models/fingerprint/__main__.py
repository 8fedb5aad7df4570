"""`python -m swapbench_models.fingerprint`: generate logs, prepare them, train models and look for anomalies."""

from swapbench_models.fingerprint.command.main import main

if __name__ == "__main__":
    raise SystemExit(main())
