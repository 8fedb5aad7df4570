"""The layers of the language: each a kind, with its parameters and the primitive layers that it stands for."""
