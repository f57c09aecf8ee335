"""Nouns: the frozen values that every other room speaks of. Standard library only; no I/O, no clock, no chance."""
