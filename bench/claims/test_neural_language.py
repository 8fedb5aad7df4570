"""What does it cost to read a network, and to write it as source?

Each call reads, or writes, the same network 100 times: a table's milliseconds are hundredths of them a network.
`neural_language`: a text read with all shapes known (`ours`), or to its tree alone by the parser written by hand and by
the one that lark makes of the same grammar (`tree`), and by the reference, as published, in a process of its own;
`create` is what the latter two make before their first text. `neural_generation`: the source for each backend. They
prove what docs/network-language.md claims and take part from profile standard on.
"""

from swapbench import Backend, Dataset, Model, Phase, Profile, Suite

RIVALS = "swapbench_models.neural.measured.rivals"
TIMES = 100
TEXTS = {
    f"{name}_x{TIMES}": Dataset(f"{RIVALS}.parsers:texts", options={"model": name, "times": TIMES})
    for name in ("simple_mlp", "cnn")
}
SIZES = {"standard": Profile(1, 10), "paper": Profile(1, 20)}
SINCE = "standard"

language = Suite(
    "neural_language",
    models={
        "ours": {"python": f"{RIVALS}.parsers:Ours"},
        "tree": {"python": f"{RIVALS}.parsers:Tree", "lark": f"{RIVALS}.parsers:Lark"},
        "packages": {"python": f"{RIVALS}.packages:packages"},
        "reference": Model({"python": f"{RIVALS}.parsers:Reference"}, needs={"packages": "packages"}),
    },
    datasets=TEXTS,
    phases=[Phase("create", part="all"), Phase("parse", part="all", warmups=1)],
    exclude=[
        {"model": "packages"},  # nothing but what the reference needs
        {"model": "ours", "phase": "create"},
        {"model": "tree", "backend": "python", "phase": "create"},
    ],
    profiles=SIZES,
    since=SINCE,
    backends={"lark": Backend("lark", "lark", ("lark",), ("lark", "numpy"), "pip install lark")},
    reference="ours-python",
)
test_create, test_parse = language.tests()

generation = Suite(
    "neural_generation",
    models={
        backend: Model({"python": f"{RIVALS}.generators:Generator"}, {"backend": backend})
        for backend in ("torch", "tensorflow", "jax", "onnx")
    },
    datasets=TEXTS,
    phases=[Phase("generate", part="all", after="check", warmups=1)],
    profiles=SIZES,
    since=SINCE,
)
(test_generate,) = generation.tests()
