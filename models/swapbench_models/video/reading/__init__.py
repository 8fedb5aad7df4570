"""Reading: frames of a clip and what its file says of how it was encoded, by PyAV alone."""
