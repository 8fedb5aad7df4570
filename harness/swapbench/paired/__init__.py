"""Paired: two commits measured in turn on this machine, until each verdict is decided."""
