"""Paired: two commits or two rows measured in turn on this machine, until each verdict is decided."""
