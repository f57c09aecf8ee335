"""Sources over real sockets and real files."""
