"""`swapbench ab`: two commits measured against each other, in turn, on this machine."""
