"""Data: sets of recordings, found in the layout in which they are published, or generated."""
