"""What others have made of the same task, to be compared with."""
