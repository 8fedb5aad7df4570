"""Timing: what a frame is beside the opening seconds of its own recording, whatever its identifier is."""
