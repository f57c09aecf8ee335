"""The sandbox's TLS servers do as they are told, seen by the standard library's own client."""

import asyncio
import hashlib
import socket
import ssl
from datetime import UTC, datetime

import pytest

from incidentd.ports import ProbeAnswer, ProbeRequest
from incidentd.sandbox.ca import CertificateAuthority, Issued
from incidentd.sandbox.endpoints import Manner, Smtp, TlsEndpoint
from incidentd.sandbox.network import SandboxNetwork
from incidentd.sandbox.serving_tls import TlsRules

FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
ROOT = CertificateAuthority(not_before=FROM, not_after=UNTIL)


def issued(name: str = "a.test") -> Issued:
    return ROOT.issue([name], not_before=FROM, not_after=UNTIL)


async def shown(endpoint: TlsEndpoint, name: str | None = "a.test") -> str:
    """The fingerprint that a client is shown. Raises OSError when it is shown none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    opened = asyncio.open_connection(endpoint.address, endpoint.port, ssl=context, server_hostname=name or "")
    _, writer = await opened
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return hashlib.sha256(der).hexdigest()


async def test_what_is_deployed_is_served_from_the_next_handshake_on() -> None:
    """Without a restart, on the same port."""
    first, second = issued(), issued()
    async with TlsEndpoint(first) as endpoint:
        before = await shown(endpoint)
        endpoint.deploy(second)
        after = await shown(endpoint)
    assert (before, after) == (first.fingerprint, second.fingerprint)


async def test_several_certificates_take_turns() -> None:
    """As behind a balancer that was rolled out by half."""
    first, second = issued(), issued()
    async with TlsEndpoint() as endpoint:
        endpoint.deploy(first, second)
        turns = [await shown(endpoint) for _ in range(3)]
    assert turns == [first.fingerprint, second.fingerprint, first.fingerprint]


async def test_a_name_of_its_own_gets_a_certificate_of_its_own() -> None:
    """All other names, and none, get the default; what was asked for is remembered."""
    default, special = issued(), issued("b.test")
    async with TlsEndpoint(default) as endpoint:
        endpoint.deploy_for({"b.test": special})
        answers = [await shown(endpoint, name) for name in ("a.test", "b.test", None)]
    assert answers == [default.fingerprint, special.fingerprint, default.fingerprint]
    assert endpoint.asked_names == ("a.test", "b.test", None)


async def test_a_client_without_a_certificate_is_turned_away_where_one_is_demanded() -> None:
    """In TLS 1.2 the handshake itself fails."""
    rules = TlsRules(maximum=ssl.TLSVersion.TLSv1_2, demands_client_certificate=True)
    async with TlsEndpoint(issued(), rules=rules) as endpoint:
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await shown(endpoint)
    assert endpoint.handshakes == 0


async def test_an_endpoint_comes_back_on_its_port() -> None:
    """Stopped, it refuses; started again, it serves what it served."""
    leaf = issued()
    async with TlsEndpoint(leaf) as endpoint:
        port = endpoint.port
        await endpoint.stop()
        with pytest.raises(ConnectionRefusedError):
            await shown(endpoint)
        await endpoint.start()
        assert await shown(endpoint) == leaf.fingerprint
    assert endpoint.port == port


async def test_manners_change_while_it_runs() -> None:
    """It resets who knocks, and then serves again."""
    leaf = issued()
    async with TlsEndpoint(leaf, manner=Manner.RESET) as endpoint:
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await shown(endpoint)
        endpoint.manner = Manner.SERVE
        assert await shown(endpoint) == leaf.fingerprint


async def test_a_silent_endpoint_says_nothing_until_it_is_stopped() -> None:
    """Then it hangs up."""
    async with TlsEndpoint(issued(), manner=Manner.SILENT) as endpoint:
        reader, writer = await asyncio.open_connection(endpoint.address, endpoint.port)
        writer.write(b"anybody there?")
        reading = asyncio.ensure_future(reader.read())
        done, _ = await asyncio.wait({reading}, timeout=0.05)
        assert not done
    (ending,) = await asyncio.gather(reading, return_exceptions=True)
    assert ending == b"" or isinstance(ending, ConnectionError)
    writer.transport.abort()


async def test_addresses_of_loopback_pass_for_several_machines() -> None:
    """The same port at two addresses, with a certificate each."""
    first, second = issued(), issued()
    async with (
        TlsEndpoint(first, address="127.0.7.1") as one,
        TlsEndpoint(second, address="127.0.7.2", port=one.port) as other,
    ):
        assert (await shown(one), await shown(other)) == (first.fingerprint, second.fingerprint)


async def test_smtp_comes_before_tls() -> None:
    """Banner, extensions and the go-ahead, in plain text."""
    async with TlsEndpoint(issued(), smtp=Smtp()) as endpoint:
        reader, writer = await asyncio.open_connection(endpoint.address, endpoint.port)
        lines = [await reader.readline()]
        for said, answers in ((b"EHLO a\r\n", 2), (b"STARTTLS\r\n", 1)):
            writer.write(said)
            lines += [await reader.readline() for _ in range(answers)]
        writer.transport.abort()
    assert [line[:4] for line in lines] == [b"220 ", b"250-", b"250 ", b"220 "]


class Recording:
    """A network that notes what it is asked."""

    def __init__(self) -> None:
        self.probed: list[ProbeRequest] = []

    async def resolve(self, host: str) -> tuple[str, ...]:
        raise AssertionError("the sandbox resolves by itself")

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        self.probed.append(request)
        return ProbeAnswer((b"der",))


async def test_names_of_the_sandbox_are_a_table() -> None:
    """Sorted answers, literal addresses as they are, an error for all else; the table may change."""
    world = SandboxNetwork({"a.test": ("127.0.0.2", "127.0.0.1"), "empty.test": ()}, Recording())
    assert await world.resolve("a.test") == ("127.0.0.1", "127.0.0.2")
    assert [await world.resolve(host) for host in ("127.0.0.9", "::1")] == [("127.0.0.9",), ("::1",)]
    for host in ("b.test", "empty.test"):
        with pytest.raises(socket.gaierror):
            await world.resolve(host)
    world.names["b.test"] = ("127.0.0.3",)
    assert await world.resolve("b.test") == ("127.0.0.3",)


async def test_ports_of_the_sandbox_are_mapped_for_each_address() -> None:
    """Port 443 of an address is where its endpoint really listens; the rest of the request stays."""
    beneath = Recording()
    world = SandboxNetwork({}, beneath, {("127.0.0.1", 443): 40001})
    for address in ("127.0.0.1", "127.0.0.2"):
        assert (await world.probe(ProbeRequest(address, 443, "a.test", "smtp"))).chain == (b"der",)
    assert beneath.probed == [
        ProbeRequest("127.0.0.1", 40001, "a.test", "smtp"),
        ProbeRequest("127.0.0.2", 443, "a.test", "smtp"),
    ]
