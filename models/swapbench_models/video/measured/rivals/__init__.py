"""What others have made of the same networks, to be compared with."""
