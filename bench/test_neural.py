"""The same networks in torch and in TensorFlow, over the floors of a linear model and of none: what does each cost?"""

from swapbench import Dataset, Model, Profile, Suite
from swapbench_models.neural.catalogue import MODELS

# All networks of a table are trained alike. The 1,797 digits need more passes than MNIST, for which 5 were published,
# before chance in what dropout drops no longer shows in the accuracy. Profile quick stops after one, and makes it count
# by smaller batches, of two rounds: its first table has to be there within 45 seconds.
QUICK = {"epochs": 1, "batch_size": 16}
LARGER = {"standard": {"epochs": 20, "batch_size": 128}, "paper": {"epochs": 5, "batch_size": 128}}


suite = Suite(
    "neural",
    models={
        name: Model(backends) if "sklearn" in backends else Model(backends, QUICK, LARGER)
        for name, backends in MODELS.items()
    },
    datasets={
        "digits": Dataset(
            "swapbench_models.neural.data:digits",
            sha256="e37e5e04c51ae3fa1589534c38d0c95465484ab181f848e11c0b39f1c141952a",
        ),
        "mnist": Dataset("swapbench_models.neural.data:mnist", reads_files=True),
    },
    metrics=["accuracy", "macro_f1", "log_loss"],
    tolerances={"accuracy": 0.01, "log_loss": 0.1},
    # Two networks show what a backend costs; a third would only keep whoever wants a quick answer.
    exclude=[{"model": "deep_mlp", "profile": "quick"}],
    profiles={"quick": Profile(3, 2), "standard": Profile(5, 5), "paper": Profile(10, 10)},
    reference="logistic_regression-sklearn",
)
test_fit, test_predict = suite.tests()
