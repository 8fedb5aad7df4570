"""Fan-out: two models trained on one stream of data, one after the other or at once.

Every arm reads the same files, trains with the same seed for the same number of steps and writes its models to a store
of its own, in a process of its own, so that arms differ in their schedule only; what each branch ends with is told by a
digest of its weights.
"""
