"""Bytes to values: certificates and the blobs that hold them. Hostile input is inert here, and never an exception.

Only this room (and the sandbox's CA) sees the cryptography library's x509. Start with `bundles.read_blob` for files and
secrets, and with `parse.parse_certificate` for a chain that a TLS peer presented.
"""
