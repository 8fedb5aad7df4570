"""Detectors: what tells of windows whether an attack is in them, behind one `fit` and `scores`."""
