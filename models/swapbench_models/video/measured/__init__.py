"""What suites measure."""
