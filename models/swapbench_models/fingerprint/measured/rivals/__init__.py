"""Rivals: what this family is measured against, restated: the reference's way of working, and the least that any way
would have to do."""
