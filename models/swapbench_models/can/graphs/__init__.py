"""Graphs: each window as its identifiers and which of them followed which, for networks that learn from graphs."""
