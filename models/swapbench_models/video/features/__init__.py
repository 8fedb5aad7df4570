"""Features: a clip as a few numbers that say how it was made: noise, frequencies, sharpness, blocks and codec."""
