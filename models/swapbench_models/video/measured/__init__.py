"""Measured: what suites name of this family."""
