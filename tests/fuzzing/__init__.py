"""Fuzzing: every reader of the project is given files as strangers change them."""
