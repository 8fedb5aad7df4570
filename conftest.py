"""What every test of this repository shares: pytest's own harness for running pytest inside a test."""

pytest_plugins = ["pytester"]
