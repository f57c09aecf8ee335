"""A web server that is not ours: nginx with one version of TLS only, and one that demands a client certificate."""

from collections.abc import Iterator

import pytest

from incidentd.model.observation import GapReason
from incidentd.ports import ProbeRequest, SystemClock
from incidentd.sandbox.ca import Issued
from incidentd.sources.interface import Look
from incidentd.sources.target import parse_target
from incidentd.sources.tls.look import look_at
from incidentd.sources.tls.network import TlsNetwork
from tests.sources.nginx import free_ports, needs_nginx, running, server
from tests.sources.world import VALID_FROM, VALID_UNTIL, authority, issued

pytestmark = needs_nginx

INTERMEDIATE = authority().intermediate(not_before=VALID_FROM, not_after=VALID_UNTIL)
BOTH = "ssl_certificate rsa.pem; ssl_certificate_key rsa.key.pem;"
SERVERS = {
    "only TLS 1.2": "ssl_protocols TLSv1.2;",
    "only TLS 1.3": "ssl_protocols TLSv1.3;",
    "client certificate, TLS 1.2": "ssl_protocols TLSv1.2; ssl_verify_client on; ssl_client_certificate ca.pem;",
    "client certificate, TLS 1.3": "ssl_protocols TLSv1.3; ssl_verify_client on; ssl_client_certificate ca.pem;",
}
WITH_BOTH = {
    "both types, TLS 1.2": f"ssl_protocols TLSv1.2; {BOTH}",
    "both types, TLS 1.3": f"ssl_protocols TLSv1.3; {BOTH}",
    "both types": f"ssl_protocols TLSv1.2 TLSv1.3; {BOTH}",
}


@pytest.fixture(scope="module")
def leaf() -> Issued:
    return issued("nginx.test", by=INTERMEDIATE)


@pytest.fixture(scope="module")
def rsa_leaf() -> Issued:
    return INTERMEDIATE.issue(["nginx.test"], not_before=VALID_FROM, not_after=VALID_UNTIL, key_type="rsa")


@pytest.fixture(scope="module")
def ports(leaf: Issued, rsa_leaf: Issued, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """One nginx with a server for each rule, on ports that were free a moment ago."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "chain.pem").write_bytes(leaf.chain_pem)
    (folder / "key.pem").write_bytes(leaf.key_pem)
    (folder / "rsa.pem").write_bytes(rsa_leaf.chain_pem)
    (folder / "rsa.key.pem").write_bytes(rsa_leaf.key_pem)
    (folder / "ca.pem").write_bytes(INTERMEDIATE.certificate_pem)
    servers = {**SERVERS, **WITH_BOTH}
    ports = dict(zip(servers, free_ports(len(servers)), strict=True))
    first = "ssl_certificate chain.pem; ssl_certificate_key key.pem;"
    with running(folder, (server("127.0.0.1", ports[name], "nginx.test", first + servers[name]) for name in servers)):
        yield ports


@pytest.mark.parametrize("rules", SERVERS)
async def test_nginx_shows_its_whole_chain(
    network: TlsNetwork, ports: dict[str, int], leaf: Issued, rules: str
) -> None:
    """Whatever version it speaks, and whether or not it would let us in afterwards."""
    request, clock = ProbeRequest("127.0.0.1", ports[rules], "nginx.test"), SystemClock()
    answer = await network.probe(request)
    while answer.gap is GapReason.REFUSED:  # it is still starting; the test's own time-out ends this
        await clock.sleep(0.02)
        answer = await network.probe(request)
    assert answer.chain == (leaf.der, INTERMEDIATE.issued.der)


@pytest.mark.parametrize("rules", WITH_BOTH)
async def test_nginx_with_two_types_of_keys_is_seen_whole(
    network: TlsNetwork, ports: dict[str, int], leaf: Issued, rsa_leaf: Issued, rules: str
) -> None:
    """Also where it speaks TLS 1.3 alone, which no cipher suite asks for a type of key."""
    clock, look = SystemClock(), Look()
    while not look.observations:  # it is still starting; the test's own time-out ends this
        look = await look_at(parse_target(f"tls://127.0.0.1:{ports[rules]}?sni=nginx.test"), network, clock)
        await clock.sleep(0.02)
    (seen,) = look.observations
    issuer = INTERMEDIATE.issued.fingerprint
    assert {seen.chain[0].fingerprint, seen.chain[2].fingerprint} == {leaf.fingerprint, rsa_leaf.fingerprint}
    assert [seen.chain[n].fingerprint for n in (1, 3)] == [issuer, issuer]
    assert seen.others == (2,)
