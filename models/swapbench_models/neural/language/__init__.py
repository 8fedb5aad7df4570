"""The network language: its text, its syntax tree and back. What a tree means is said in `checking`."""
