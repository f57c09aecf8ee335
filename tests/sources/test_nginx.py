"""A web server that is not ours: nginx with one version of TLS only, and one that demands a client certificate."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from incidentd.model.observation import GapReason
from incidentd.ports import ProbeRequest, SystemClock
from incidentd.sandbox.ca import Issued
from incidentd.sources.tls.network import TlsNetwork
from tests.sources.world import VALID_FROM, VALID_UNTIL, authority, issued

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")

INTERMEDIATE = authority().intermediate(not_before=VALID_FROM, not_after=VALID_UNTIL)
SERVERS = {
    "only TLS 1.2": "ssl_protocols TLSv1.2;",
    "only TLS 1.3": "ssl_protocols TLSv1.3;",
    "client certificate, TLS 1.2": "ssl_protocols TLSv1.2; ssl_verify_client on; ssl_client_certificate ca.pem;",
    "client certificate, TLS 1.3": "ssl_protocols TLSv1.3; ssl_verify_client on; ssl_client_certificate ca.pem;",
}


@pytest.fixture(scope="module")
def leaf() -> Issued:
    return issued("nginx.test", by=INTERMEDIATE)


@pytest.fixture(scope="module")
def ports(leaf: Issued, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """One nginx with a server for each rule, on ports that were free a moment ago."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "chain.pem").write_bytes(leaf.chain_pem)
    (folder / "key.pem").write_bytes(leaf.key_pem)
    (folder / "ca.pem").write_bytes(INTERMEDIATE.certificate_pem)
    ports = dict(zip(SERVERS, _free_ports(len(SERVERS)), strict=True))
    (folder / "nginx.conf").write_text(_configuration(folder, ports))
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")]
    with subprocess.Popen(command) as process:
        yield ports
        process.terminate()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(sock.getsockname()[1]) for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def _configuration(folder: Path, ports: dict[str, int]) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    servers = "".join(
        f"server {{ listen 127.0.0.1:{ports[name]} ssl; server_name nginx.test; ssl_certificate chain.pem;"
        f" ssl_certificate_key key.pem; {rules} }}\n"
        for name, rules in SERVERS.items()
    )
    return f"daemon off; pid {folder}/pid; events {{}}\nhttp {{ access_log off; {folders}\n{servers} }}\n"


@pytest.mark.parametrize("server", SERVERS)
async def test_nginx_shows_its_whole_chain(
    network: TlsNetwork, ports: dict[str, int], leaf: Issued, server: str
) -> None:
    """Whatever version it speaks, and whether or not it would let us in afterwards."""
    request, clock = ProbeRequest("127.0.0.1", ports[server], "nginx.test"), SystemClock()
    answer = await network.probe(request)
    while answer.gap is GapReason.REFUSED:  # it is still starting; the test's own time-out ends this
        await clock.sleep(0.02)
        answer = await network.probe(request)
    assert answer.chain == (leaf.der, INTERMEDIATE.issued.der)
