"""The pytest plugin: the only part of the harness that knows pytest."""
