"""Is the network that was compiled from its text the one that people write by hand, and what does the text cost?

The same networks in torch and in TensorFlow, by hand and compiled, over the floors of a linear model and of none. JAX
and ONNX Runtime have the compiled ones from profile standard on; ONNX Runtime predicts what torch has trained.
`python -m swapbench_models.neural benchmark` measures this, and makes a report of it.
"""

import os

from swapbench import Dataset, Metric, Model, Phase, Profile, Suite
from swapbench_models.neural.catalogue import MODELS, VARIANTS

# What the command asks for with --epochs, whatever the profile.
ASKED = {"epochs": int(os.environ["NEURAL_EPOCHS"])} if "NEURAL_EPOCHS" in os.environ else {}
# All networks of a table are trained alike. The 1,797 digits need more passes than MNIST, for which 5 were published,
# before chance in what dropout drops no longer shows in the accuracy. Profile quick stops after one, and makes it count
# by smaller batches: its first table has to be there within 45 seconds, so each cell has one round.
QUICK = {"epochs": 1, "batch_size": 16, **ASKED}
LARGER = {
    "standard": {"epochs": 20, "batch_size": 128, **ASKED},
    "paper": {"epochs": 5, "batch_size": 128, **ASKED},
}
STAGES = ("parse", "generate", "build")
# Among all suites a quick answer has torch compiled as well, and no stages. What the command is asked is about pairs of
# native and compiled networks and what their stages take, however quickly it is to be answered.
BESIDE_PAIRS = [
    {"backend": "tensorflow", "variant": "compiled", "profile": "quick"},
    *({"phase": stage, "profile": "quick"} for stage in STAGES),
]
# How long one answer takes, which many at once do not tell.
ONE = Phase("predict_one", after="fit", warmups=10, repeats=50)

suite = Suite(
    "neural",
    models={
        name: Model(backends) if "sklearn" in backends else Model(backends, QUICK, LARGER, variants=VARIANTS[name])
        for name, backends in MODELS.items()
    },
    datasets={
        "digits": Dataset(
            "swapbench_models.neural.data:digits",
            sha256="e37e5e04c51ae3fa1589534c38d0c95465484ab181f848e11c0b39f1c141952a",
        ),
        "mnist": Dataset("swapbench_models.neural.data:mnist", reads_files=True),
    },
    phases=[*(Phase(stage, warmups=1, repeats=5) for stage in STAGES), "fit", "predict", ONE],
    metrics=[
        "accuracy",
        "macro_f1",
        "log_loss",
        Metric(
            "lines_of_code",
            "swapbench_models.neural.measured.scores:lines_of_code",
            unit="lines",
            better="lower",
            of="model",
            bounds=(0.0, None),
        ),
    ],
    tolerances={"accuracy": 0.01, "log_loss": 0.1},
    exclude=[
        # What is written by hand is not compiled, and what is no network is not built.
        *({"variant": "", "phase": stage} for stage in ("parse", "generate")),
        {"backend": "sklearn", "phase": "build"},
        {"backend": "onnxruntime", "phase": "fit"},
        {"phase": "predict_one", "profile": "quick"},
        # A quick answer has one network in two libraries. Another one would take as long as all of this.
        *({"model": model, "profile": "quick"} for model in ("cnn", "deep_mlp", "transformer", "recurrent")),
        *({"backend": backend, "profile": "quick"} for backend in ("jax", "onnxruntime")),
        *([] if "NEURAL_PAIRS" in os.environ else BESIDE_PAIRS),
    ],
    profiles={"quick": Profile(3, 1), "standard": Profile(5, 5), "paper": Profile(10, 10)},
    reference="logistic_regression-sklearn",
)
test_parse, test_generate, test_build, test_fit, test_predict, test_predict_one = suite.tests()
