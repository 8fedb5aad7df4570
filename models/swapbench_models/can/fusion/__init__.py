"""Fusion: two detectors' scores mixed into one, by a share that is fixed or chosen window by window."""
