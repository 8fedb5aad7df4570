"""Frames of a CAN bus, and the files that they are read from."""
