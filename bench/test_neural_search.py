"""Which hyper-parameters of one text are best, and are they for sure? Each trial of its grid is a row.

A search measures one question over and over, so it takes part from profile standard on.
"""

from swapbench import Dataset, Model, Profile, Suite
from swapbench_models.neural import networks
from swapbench_models.neural.search.rows import rows

suite = Suite(
    "neural_search",
    models={
        name: Model({"torch": "swapbench_models.neural.compiled.text:torch"}, {"text": text})
        for name, text in rows(networks.text("searched_mlp"), "grid").items()
    },
    dataset=Dataset("swapbench_models.neural.data:digits"),
    phases=["fit", "predict"],
    metrics=["accuracy", "log_loss"],
    profiles={"standard": Profile(5, 3), "paper": Profile(10, 5)},
    since="standard",
)
test_fit, test_predict = suite.tests()
