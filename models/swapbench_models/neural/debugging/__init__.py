"""What goes on inside a network as it learns: gradients, units that are dead, numbers that go wrong."""
