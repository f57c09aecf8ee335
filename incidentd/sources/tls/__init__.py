"""TLS endpoints: what clients are served. Handshake only; every address of a name is a member of its own."""
