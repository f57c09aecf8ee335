"""Lives of certificates, told over real sockets, real files, a real database and real HTTP."""
