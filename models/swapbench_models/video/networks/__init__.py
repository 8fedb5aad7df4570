"""The networks: clips (N, 3, T, H, W) in, logits (N, classes) out, in plain torch."""
