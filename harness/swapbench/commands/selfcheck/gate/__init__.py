"""`swapbench selfcheck --gate`: how often the gate is wrong on this machine."""
