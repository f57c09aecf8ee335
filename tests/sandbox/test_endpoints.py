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
        with pytest.raises(OSError, match=r"\w"):
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
        with pytest.raises(OSError, match=r"\w"):
            await shown(endpoint)
        endpoint.manner = Manner.SERVE
        assert await shown(endpoint) == leaf.fingerprint


async def test_a_silent_endpoint_says_nothing_until_it_is_stopped() -> None:
    """Then it hangs up."""
    async with TlsEndpoint(issued(), manner=Manner.SILENT) as endpoint:
        reader, writer = await asyncio.open_connection(endpoint.address, endpoint.port)
        writer.write(b"anybody there?")
        await writer.drain()
        reading = asyncio.ensure_future(reader.read())
        await shown_to_nobody(endpoint)
        assert not reading.done()
    with pytest.raises(ConnectionError):
        # What we sent was never read, so the end of it is a reset.
        assert await reading != b""
        raise ConnectionResetError
    writer.transport.abort()


async def shown_to_nobody(endpoint: TlsEndpoint) -> None:
    """A moment in which the endpoint has taken one more connection."""
    _, writer = await asyncio.open_connection(endpoint.address, endpoint.port)
    writer.transport.abort()
