"""CAN: detectors of attacks on a vehicle's bus, from a rule to graph networks, distilled students and fusion agents."""
