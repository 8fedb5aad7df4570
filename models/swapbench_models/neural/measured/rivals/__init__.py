"""Rivals: what the language is measured against: the same grammar for a generator of parsers, and the reference."""
