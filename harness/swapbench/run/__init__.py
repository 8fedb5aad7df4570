"""Station 2, the run: places, starts, measures and ends the child processes in which models execute."""
