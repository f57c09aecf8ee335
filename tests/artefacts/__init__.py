"""Builds made in the test: what they carry is found, and what they try is in vain."""
