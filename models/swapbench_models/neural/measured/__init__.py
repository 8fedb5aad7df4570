"""What the suites ask of the models besides predictions."""
