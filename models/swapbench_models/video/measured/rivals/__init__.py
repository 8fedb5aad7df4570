"""Rivals: what the family is measured against, doing the same work in the way that is common."""
