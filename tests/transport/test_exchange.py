"""One request, one whole answer: over real sockets on loopback."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidentd.errors import TransportError
from incidentd.transport import Transport
from tests.transport.authority import Authority
from tests.transport.clocks import EvenChance, HeldClock
from tests.transport.peers import Peer, reply, speaking

CANARY = "canary-5f3a91c0-secret"
SENT_HEADERS = {"Authorization": f"Token token={CANARY}"}


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@contextlib.asynccontextmanager
async def transport_of(
    clock: HeldClock, tls: ssl.SSLContext | None = None, body_cap_bytes: int = 1_000
) -> AsyncIterator[Transport]:
    transport = Transport(clock, EvenChance(), tls=tls, body_cap_bytes=body_cap_bytes)
    try:
        yield transport
    finally:
        await transport.close()


def url(peer: Peer, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{peer.port}/v2/enqueue"


async def failure(peer: Peer, clock: HeldClock, idempotent: bool = False, timeout_seconds: float = 5) -> TransportError:
    """What a request to the peer fails of."""
    async with transport_of(clock) as transport:
        with pytest.raises(TransportError) as caught:
            await transport.request(
                "POST",
                url(peer),
                headers=SENT_HEADERS,
                json={"routing_key": CANARY},
                idempotent=idempotent,
                timeout_seconds=timeout_seconds,
            )
    return caught.value


async def test_an_answer_is_read_whole_with_its_date(clock: HeldClock) -> None:
    """Status, headers, JSON body and the other side's clock come back as one value."""
    said = reply(202, b'{"status": "success"}', "Date: Sun, 22 Nov 2026 10:00:00 GMT", "X-Any: thing")
    async with speaking(said) as peer, transport_of(clock) as transport:
        answer = await transport.request("GET", url(peer), params=(("a[]", "b c"),), idempotent=True)
    assert (answer.status, answer.ok, answer.json()) == (202, True, {"status": "success"})
    assert answer.date == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert answer.headers["x-any"] == "thing"
    assert peer.asked[0].startswith(b"GET /v2/enqueue?a%5B%5D=b%20c HTTP/1.1\r\n") or b"a%5B%5D=b+c" in peer.asked[0]


async def test_half_a_character_does_not_stop_a_request(clock: HeldClock) -> None:
    """A lone surrogate out of a certificate's name cannot be written as UTF-8: it is replaced."""
    async with speaking(reply(200)) as peer, transport_of(clock) as transport:
        answer = await transport.request("POST", url(peer), json={"name": "a\ud800b"}, idempotent=False)
    assert answer.ok


async def test_nothing_compressed_is_asked_for(clock: HeldClock) -> None:
    """A body that inflates without bounds cannot be asked for."""
    async with speaking(reply(200)) as peer, transport_of(clock) as transport:
        await transport.request("GET", url(peer), idempotent=True)
    assert b"accept-encoding: identity\r\n" in peer.asked[0].lower()


async def test_a_compressed_answer_is_an_error(clock: HeldClock) -> None:
    """What was not asked for is not inflated."""
    async with speaking(reply(200, b"\x1f\x8b", "Content-Encoding: gzip")) as peer:
        error = await failure(peer, clock)
    assert error.sent
    assert "compressed" in str(error)


async def test_an_answer_over_the_cap_is_an_error(clock: HeldClock) -> None:
    """Memory stays bounded whatever the other side sends."""
    async with speaking(reply(200, b"x" * 5_000)) as peer:
        error = await failure(peer, clock)
    assert error.sent
    assert "longer than 1000 bytes" in str(error)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_an_error_and_is_not_followed(clock: HeldClock, status: int) -> None:
    """A token never travels to where an answer points, and the pointer is not repeated."""
    async with speaking(reply(status, b"", f"Location: http://127.0.0.1:9/?t={CANARY}")) as peer:
        error = await failure(peer, clock, idempotent=True)
    assert len(peer.asked) == 1
    assert error.sent
    assert "redirect" in str(error)
    assert CANARY not in repr(error) + str(error)


async def test_a_refused_connection_was_certainly_not_sent(clock: HeldClock) -> None:
    """Nobody listens: nothing can have happened."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        peer = Peer([], port=unused.getsockname()[1])
        error = await failure(peer, clock)
    assert not error.sent
    assert "connect" in str(error)


async def test_a_name_that_does_not_resolve_was_certainly_not_sent(clock: HeldClock) -> None:
    """DNS comes before anything is sent (RFC 6761: .invalid never resolves)."""
    async with transport_of(clock) as transport:
        with pytest.raises(TransportError) as caught:
            await transport.request("POST", "http://tracker.invalid/", json={}, idempotent=False)
    assert not caught.value.sent


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 20", reply(200, b'{"id"', length=500), b"not http at all\r\n\r\n"],
    ids=["closed", "cut in the head", "cut in the body", "garbage"],
)
async def test_a_broken_answer_may_have_taken_effect(clock: HeldClock, answer: bytes) -> None:
    """Once a byte went out, only the other side knows what became of it."""
    async with speaking(answer) as peer:
        error = await failure(peer, clock)
    assert error.sent
    assert len(peer.asked) == 1


async def test_silence_ends_at_the_deadline(clock: HeldClock) -> None:
    """A peer that never answers costs no more than the time-out, and may have acted."""
    async with speaking(silent=True) as peer:
        error = await failure(peer, clock, timeout_seconds=0.2)
    assert error.sent


async def test_no_error_and_no_value_shows_a_secret(clock: HeldClock) -> None:
    """Neither header nor body stands in a text, a repr or a chained error."""
    async with speaking(b"") as peer:
        error = await failure(peer, clock)
    async with speaking(reply(500, CANARY.encode(), f"Set-Cookie: {CANARY}")) as peer, transport_of(clock) as transport:
        answer = await transport.request("POST", url(peer), headers=SENT_HEADERS, json={}, idempotent=False)
    shown = [str(error), repr(error), repr(error.__cause__), error.where, repr(answer), repr(transport)]
    assert CANARY not in " ".join(shown)


@pytest.mark.parametrize("secret", [f"{CANARY}\r\nX-Evil: 1", f"{CANARY}\n", f"{CANARY}é", f"{CANARY}\ud800"])
async def test_a_secret_that_cannot_be_a_header_is_not_sent_and_not_shown(clock: HeldClock, secret: str) -> None:
    """The library would quote the header in its complaint; we do not, and nothing goes out."""
    async with speaking(reply(200)) as peer, transport_of(clock) as transport:
        with pytest.raises(TransportError) as caught:
            await transport.request("GET", url(peer), headers={"Authorization": secret}, idempotent=True)
    assert not caught.value.sent
    assert peer.asked == []
    assert CANARY not in str(caught.value) + repr(caught.value.__cause__)


async def test_a_body_that_is_no_json_is_an_error_after_the_effect(clock: HeldClock) -> None:
    """A login page with 200 is not an answer."""
    async with speaking(reply(200, b"<html>")) as peer, transport_of(clock) as transport:
        answer = await transport.request("GET", url(peer), idempotent=True)
        with pytest.raises(TransportError) as caught:
            answer.json()
    assert caught.value.sent


async def test_a_trusted_peer_is_spoken_to_over_tls(clock: HeldClock) -> None:
    """The way it goes in life."""
    ca = Authority()
    tls = ca.server("127.0.0.1")
    async with speaking(reply(200), tls=tls) as peer, transport_of(clock, ca.client()) as transport:
        answer = await transport.request("GET", url(peer, "https"), idempotent=True)
    assert answer.ok


@pytest.mark.parametrize("trusts_ca", [True, False], ids=["other name", "unknown CA"])
async def test_a_peer_that_cannot_prove_its_name_gets_no_byte(clock: HeldClock, trusts_ca: bool) -> None:
    """A proxy with a CA of its own sees no call, let alone a token."""
    ca = Authority()
    names = ("other.example",) if trusts_ca else ("127.0.0.1",)
    client = (ca if trusts_ca else Authority()).client()
    async with speaking(reply(200), tls=ca.server(*names)) as peer:
        async with transport_of(clock, client) as transport:
            with pytest.raises(TransportError) as caught:
                await transport.request("POST", url(peer, "https"), headers=SENT_HEADERS, json={}, idempotent=True)
        assert peer.asked == []
    assert not caught.value.sent
    assert "certificate" in str(caught.value)
    assert clock.slept == []


async def test_tls_below_1_2_is_refused(clock: HeldClock) -> None:
    """A context that would allow less is raised to 1.2."""
    ca = Authority()
    client = ca.client()
    client.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    async with transport_of(clock, client):
        assert client.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_context_that_does_not_verify_is_refused(clock: HeldClock) -> None:
    """There is no way to switch verification off."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with pytest.raises(ValueError, match="verified"):
        Transport(clock, EvenChance(), tls=context)


async def test_the_machines_cas_are_read_for_the_first_request_that_needs_them(
    clock: HeldClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before, as most commands ask nobody; then they are what is trusted, and nothing else is."""
    ca = Authority()
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(ca.pem)
    async with transport_of(clock) as transport, transport_of(clock) as other:
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        async with speaking(reply(200), tls=ca.server("127.0.0.1")) as peer:
            assert (await transport.request("GET", url(peer, "https"), idempotent=False)).status == 200
        async with speaking(reply(200), tls=Authority().server("127.0.0.1")) as stranger:
            with pytest.raises(TransportError, match="not trusted"):
                await other.request("GET", url(stranger, "https"), idempotent=False)


async def test_parallel_requests_share_a_transport(clock: HeldClock) -> None:
    """One transport serves all the tasks of a loop."""
    async with speaking(reply(200)) as peer, transport_of(clock) as transport:
        asked = [transport.request("GET", url(peer), idempotent=True) for _ in range(5)]
        answers = await asyncio.gather(*asked)
    assert [answer.status for answer in answers] == [200] * 5
