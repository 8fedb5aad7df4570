"""Training as a text asks for it, with its own loss, optimizer and schedule; what a suite compares is trained alike."""
