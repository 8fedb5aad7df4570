"""CAN: detectors of attacks on a vehicle's bus, from a rule to graph networks, distilled students and fusion agents."""

from swapbench_models.can.create import create

__all__ = ["create"]
