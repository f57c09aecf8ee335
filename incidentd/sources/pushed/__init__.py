"""Pushed: what a machine that this one cannot reach sees, told over HTTP. Its word counts for its own places only."""
