"""What does it cost to turn windows of CAN frames into graphs?

Each call turns the windows of a recording, of 100 frames each and in memory already, into graphs with all features of
nodes and edges. `loop` does it one window, one node and one edge at a time, as it is commonly written. Its ratio to
`vectorised` is the claim: at least 20. It takes part from profile standard on.
"""

from swapbench import Dataset, Phase, Profile, Suite

GRAPHS = "swapbench_models.can.measured.graphs"

suite = Suite(
    "can_graphs",
    models={"vectorised": {"python": f"{GRAPHS}:Vectorised"}, "loop": {"python": f"{GRAPHS}:Loop"}},
    dataset=Dataset(f"{GRAPHS}:recording", options={"frames": 50_000}),
    phases=[Phase("graphs", part="all", after="prepare", warmups=1)],
    profiles={"standard": Profile(1, 5), "paper": Profile(1, 10)},
    since="standard",
    reference="vectorised-python",
)
(test_graphs,) = suite.tests()
