"""The pytest plugin: the only part of the instrument that knows pytest."""
