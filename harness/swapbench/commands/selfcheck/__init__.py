"""`swapbench selfcheck`: the instrument measures itself."""
