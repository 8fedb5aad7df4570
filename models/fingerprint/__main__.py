"""`python -m models.fingerprint`: generate logs, prepare them, train models on them and look for anomalies."""

from models.fingerprint.command.main import main

if __name__ == "__main__":
    raise SystemExit(main())
