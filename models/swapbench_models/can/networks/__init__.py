"""Networks over graphs of windows; they know tensors, and neither files nor training."""
