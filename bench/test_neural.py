"""The same networks in torch and in TensorFlow, over the floors of a linear model and of none: what does each cost?"""

from harness import Dataset, Model, Profile, Suite
from models.neural.catalogue import MODELS

# The 1,797 digits need more passes than MNIST, for which 5 were published, before chance in what dropout drops no
# longer shows in the accuracy. Profile quick stops earlier: its first table has to be there within minutes.
QUICK = {"simple_mlp": 10, "cnn": 4, "deep_mlp": 8}
STANDARD = {"simple_mlp": 20, "cnn": 15, "deep_mlp": 20}


def trained(name: str, backends: dict[str, str]) -> Model:
    """A model that is trained for some epochs, how many the profile says."""
    epochs = {"standard": STANDARD[name], "paper": 5}
    return Model(backends, {"epochs": QUICK[name]}, {profile: {"epochs": n} for profile, n in epochs.items()})


suite = Suite(
    "neural",
    models={name: trained(name, backends) if name in QUICK else Model(backends) for name, backends in MODELS.items()},
    datasets={
        "digits": Dataset(
            "models.neural.data:digits", sha256="e37e5e04c51ae3fa1589534c38d0c95465484ab181f848e11c0b39f1c141952a"
        ),
        "mnist": Dataset("models.neural.data:mnist", reads_files=True),
    },
    metrics=["accuracy", "macro_f1", "log_loss"],
    tolerances={"accuracy": 0.01, "log_loss": 0.1},
    profiles={"quick": Profile(3, 3), "standard": Profile(5, 5), "paper": Profile(10, 10)},
    reference="logistic_regression-sklearn",
)
test_fit, test_predict = suite.tests()
