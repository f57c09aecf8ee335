"""An nginx of our own on loopback, for as long as a test needs it; and which certificates it serves where."""

import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def running(folder: Path, servers: Iterable[str]) -> Iterator[None]:
    """One with these server blocks, whose files are looked for in the folder. It may still be starting."""
    folders = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in _TEMPORARY)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; events {{}}\nhttp {{ access_log off; {folders}\n{''.join(servers)} }}\n"
    )
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")]
    with subprocess.Popen(command) as process:
        yield
        process.terminate()


def server(address: str, port: int, name: str, rules: str) -> str:
    """A server block for TLS."""
    return f"server {{ listen {address}:{port} ssl; server_name {name}; {rules} }}\n"


def free_ports(count: int, address: str = "127.0.0.1") -> list[int]:
    """Ports that are free at this moment."""
    sockets = [socket.create_server((address, 0)) for _ in range(count)]
    ports = [int(sock.getsockname()[1]) for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports
