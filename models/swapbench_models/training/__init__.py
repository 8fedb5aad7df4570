"""One way of training for every family: a loop, its plan and progress, checkpoints, processes, little memory, folds.

It knows no family. A family writes a loss of a batch, and says what an epoch's batches are: `loop.Training`.
"""
