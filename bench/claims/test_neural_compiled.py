"""Is a compiled network as fast as the one that is written by hand?

The same networks, one suite a library: from the same weights, on the same digits in the same order, fitted for a tenth
of a second or an epoch, several times a round, and predicting those digits. They prove what docs/network-language.md
claims and take part from profile standard on. Two rows are told apart by `swapbench versus`, which has calls of both
sides take turns, so that what slows a machine for a second falls on both, and 2 % can be told; a run shows them one
after the other.
"""

from swapbench import Dataset, Model, Phase, Profile, Suite
from swapbench_models.neural.catalogue import MODELS, VARIANTS

EPOCHS = {"simple_mlp": 4, "cnn": 1, "deep_mlp": 1, "transformer": 1, "recurrent": 1}


def compiled(library: str) -> Suite:
    """The networks written by hand and compiled, in one library."""
    return Suite(
        f"neural_compiled_{library}",
        models={
            name: Model(
                {library: MODELS[name][library]},
                {"epochs": epochs, "batch_size": 128},
                variants={"compiled": {library: VARIANTS[name]["compiled"][library]}},
            )
            for name, epochs in EPOCHS.items()
        },
        datasets={"digits": Dataset("swapbench_models.neural.data:digits")},
        phases=[Phase("fit", part="train", labels=True, scored=True, warmups=1, repeats=10), "predict"],
        metrics=["accuracy"],
        tolerances={"accuracy": 0.01, "fit_time": "2%", "predict_time": "2%"},
        profiles={"standard": Profile(1, 5), "paper": Profile(1, 10)},
        since="standard",
    )


torch = compiled("torch")
test_fit_torch, test_predict_torch = torch.tests()

tensorflow = compiled("tensorflow")
test_fit_tensorflow, test_predict_tensorflow = tensorflow.tests()
