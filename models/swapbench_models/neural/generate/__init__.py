"""Code generation: from a network to the source of a module that builds it, for each backend.

Nothing here imports a numeric library: what is written is text, and what a backend cannot do is refused before any of
it is written.
"""
