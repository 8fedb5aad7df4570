"""What each backend does with a network that was built for it: weights in and out, training, logits."""
