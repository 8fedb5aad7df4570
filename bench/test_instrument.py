"""The instrument on its own weights: what an empty round costs, and whether spikes of known size are seen."""

from swapbench.commands.selfcheck.suite import instrument

suite = instrument()
(test_run,) = suite.tests()
