"""Simple: what stands beside the networks, from no model at all to boosted trees on statistics of windows."""
