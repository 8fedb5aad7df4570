"""Live: a detector goes with a bus, or with a log as it is written."""
