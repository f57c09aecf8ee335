"""The ways from one schema to the next, each written by hand and never changed once released."""
