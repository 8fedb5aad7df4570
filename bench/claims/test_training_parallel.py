"""Is a network taught by two processes at once the same, and how much sooner?

The same digits, batches and steps: by one process with both threads of its cell (the plain row), by one with one
thread (`world1`), and by two with one thread each (`world2`), which share out every batch and add their gradients up.
Starting these two is a phase of its own, `start`, so that `fit` has the training alone: the digits handed over, every
step, and the weights handed back. `scaling_efficiency` is how long one process with one thread takes, over the row's
time times its cores, in turn on the same machine: 1 where each core does as much as one alone.

It proves what docs/training.md claims. It takes part from profile standard on, where each cell has two cores:
`--swap-threads 2`.
"""

from swapbench import Dataset, Metric, Model, Phase, Profile, Suite

MODULE = "swapbench_models.neural.measured.parallel"

suite = Suite(
    "training_parallel",
    models={
        "cnn": Model(
            {"torch": f"{MODULE}:in_process"},
            {"epochs": 8, "batch_size": 128},
            variants={name: {"torch": f"{MODULE}:{name}"} for name in ("world1", "world2")},
        )
    },
    datasets={"digits": Dataset("swapbench_models.neural.data:digits")},
    phases=[
        Phase("start", part="train"),
        Phase("fit", part="train", labels=True, after="start", scored=True),
    ],
    exclude=[{"variant": ["", "world1"], "phase": "start"}],  # they start nothing
    metrics=[
        "accuracy",
        "log_loss",
        Metric("scaling_efficiency", f"{MODULE}:scaling_efficiency", of="model", bounds=(0.0, None)),
    ],
    tolerances={"accuracy": 0.01, "log_loss": 0.02},
    profiles={"standard": Profile(2, 3), "paper": Profile(5, 5)},
    since="standard",
    threads=2,
    reference="cnn-torch-world1",
)
test_start, test_fit = suite.tests()
