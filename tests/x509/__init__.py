"""Bytes to values: certificates and the blobs that hold them."""
