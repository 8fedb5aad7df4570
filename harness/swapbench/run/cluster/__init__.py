"""Cluster: the engine `ray`, which has cells executed on the machines of a cluster, or on this one as if it were one.

`engine.py` is its side in the process that plans and records. That starts a process of its own, `driver.py`, the only
one that speaks with Ray: it may die with its cluster, and what it prints is nobody's. `board.py` decides which order
goes to which node; `node.py` is what happens there, in one of Ray's workers, which measures nothing itself either: it
asks a LocalEngine.
"""
