"""The command `python -m models.fingerprint`."""
