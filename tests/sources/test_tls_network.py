"""One probe against servers of every kind: the chain where one is shown, else a reason of its own for each failure."""

import asyncio
import socket
import ssl
from dataclasses import replace

import pytest

from incidentd.model.observation import GapReason
from incidentd.ports import ProbeAnswer, ProbeRequest, Starttls
from incidentd.sandbox.ca import self_signed
from incidentd.sandbox.endpoints import Manner, Smtp, TlsEndpoint
from incidentd.sandbox.serving_tls import TlsRules
from incidentd.sources.tls.network import ProbeLimits, TlsNetwork
from tests.sources.world import VALID_FROM, VALID_UNTIL, authority, issued, speaking

CANARY = "canary-5f1d"
V = ssl.TLSVersion


async def probe(
    network: TlsNetwork, port: int, name: str | None = "a.test", starttls: Starttls | None = None
) -> ProbeAnswer:
    return await network.probe(ProbeRequest("127.0.0.1", port, name, starttls))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [V.TLSv1, V.TLSv1_1, V.TLSv1_2, V.TLSv1_3], ids=lambda version: version.name)
@pytest.mark.parametrize("demands", [False, True], ids=["open", "client_certificate"])
async def test_every_version_of_tls_shows_its_chain(network: TlsNetwork, version: V, demands: bool) -> None:
    """Leaf first and whole, even where the server then turns us away for having no certificate of our own."""
    intermediate = authority().intermediate(not_before=VALID_FROM, not_after=VALID_UNTIL)
    leaf = issued("a.test", by=intermediate)
    rules = TlsRules(minimum=version, maximum=version, demands_client_certificate=demands)
    async with TlsEndpoint(leaf, rules=rules) as endpoint:
        answer = await probe(network, endpoint.port)
    assert answer == ProbeAnswer((leaf.der, intermediate.issued.der))
    assert endpoint.asked_names == ("a.test",)


async def test_no_name_is_asked_of_an_address(network: TlsNetwork) -> None:
    """Without a server name the handshake carries none."""
    async with TlsEndpoint(issued()) as endpoint:
        assert (await probe(network, endpoint.port, None)).chain
    assert endpoint.asked_names == (None,)


@pytest.mark.parametrize("key_type", ["ec", "rsa"])
async def test_nothing_is_verified(network: TlsNetwork, key_type: str) -> None:
    """A self-signed certificate for another name, expired long ago, is what we came to see."""
    old = VALID_FROM.replace(year=1999)
    leaf = self_signed(["b.test"], not_before=old, not_after=old.replace(year=2000), key_type=key_type)  # type: ignore[arg-type]  # the parametrized text
    async with TlsEndpoint(leaf) as endpoint:
        assert (await probe(network, endpoint.port)).chain == (leaf.der,)


async def test_more_than_a_hundred_certificates_are_cut_and_said(network: TlsNetwork) -> None:
    """The leaf is still seen; how many were left is written beside it."""
    leaf = issued()
    padded = replace(
        leaf, issuers=(self_signed(["x"], not_before=VALID_FROM, not_after=VALID_UNTIL).certificate,) * 120
    )
    async with TlsEndpoint(padded) as endpoint:
        answer = await probe(network, endpoint.port)
    assert (len(answer.chain), answer.chain[0]) == (100, leaf.der)
    assert answer.text == "21 more certificates were presented and not read"


async def test_a_chain_that_openssl_refuses_is_too_large(network: TlsNetwork) -> None:
    """Ten thousand names are more than 100 KB."""
    leaf = issued(*(f"name-{n}.example.test" for n in range(10_000)))
    async with TlsEndpoint(leaf) as endpoint:
        assert (await probe(network, endpoint.port)).gap is GapReason.TOO_LARGE


async def test_a_port_that_nobody_listens_on_is_refused(network: TlsNetwork) -> None:
    """The endpoint is stopped; its port is free."""
    async with TlsEndpoint(issued()) as endpoint:
        pass
    assert (await probe(network, endpoint.port)).gap is GapReason.REFUSED


async def test_a_server_that_hangs_up_is_a_reset(network: TlsNetwork) -> None:
    """By a reset, or politely and too early."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with TlsEndpoint(issued(), manner=Manner.RESET) as endpoint, speaking(hang_up) as port:
        assert (await probe(network, endpoint.port)).gap is GapReason.RESET
        assert (await probe(network, port)).gap is GapReason.RESET


async def test_a_server_that_hangs_up_before_tls_is_a_reset(network: TlsNetwork) -> None:
    """A mail server that is busy closes the connection after, or before, its greeting."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.test\r\n")
        await reader.readline()

    async with speaking(greet) as port:
        assert (await probe(network, port, starttls="smtp")).gap is GapReason.RESET


async def test_a_server_that_says_nothing_times_out(hasty_network: TlsNetwork) -> None:
    """A slow-loris costs its probe's time and no more."""
    async with TlsEndpoint(issued(), manner=Manner.SILENT) as endpoint:
        assert (await probe(hasty_network, endpoint.port)).gap is GapReason.TIMED_OUT
        assert (await probe(hasty_network, endpoint.port, starttls="smtp")).gap is GapReason.TIMED_OUT


async def test_a_connection_that_is_never_made_times_out(hasty_network: TlsNetwork) -> None:
    """A full backlog drops what knocks, as a firewall does."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as listener,
        socket.socket() as first,
        socket.socket() as second,
    ):
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        answer = await probe(hasty_network, listener.getsockname()[1])
    assert answer.gap is GapReason.TIMED_OUT


async def test_an_address_that_cannot_be_reached_is_unreachable(network: TlsNetwork) -> None:
    """255.255.255.255 takes no connections from anybody."""
    answer = await network.probe(ProbeRequest("255.255.255.255", 443, None))
    assert answer.gap is GapReason.UNREACHABLE


async def test_plain_http_is_no_certificate_and_is_not_echoed(network: TlsNetwork) -> None:
    """What a server writes instead of TLS stands nowhere in the answer."""

    async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(f"HTTP/1.1 400 {CANARY}\r\n\r\n".encode())
        await writer.drain()

    async with speaking(speak_http) as port:
        answer = await probe(network, port)
    assert answer.gap is GapReason.NO_CERTIFICATE
    assert "does not speak TLS" in answer.text
    assert CANARY not in repr(answer)


async def test_a_handshake_that_is_refused_says_how(network: TlsNetwork) -> None:
    """A server that knows no such name ends the handshake with an alert."""

    async def alert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(bytes.fromhex("15030300020270"))
        await writer.drain()

    async with speaking(alert) as port:
        answer = await probe(network, port)
    assert answer.gap is GapReason.NO_CERTIFICATE
    assert "unrecognized name" in answer.text


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [(b"\x30\x03nop", GapReason.UNREADABLE), (b"", GapReason.NO_CERTIFICATE)],
    ids=["garbage", "empty chain"],
)
async def test_a_certificate_that_is_none_is_told_apart(
    network: TlsNetwork, certificate: bytes, reason: GapReason
) -> None:
    """A hand-made TLS 1.2 flight with bytes that are no certificate, or with no certificate at all."""

    async def present(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        entry = _sized(certificate, 3) if certificate else b""
        hello = b"\x03\x03" + bytes(32) + b"\x00" + b"\xc0\x2f" + b"\x00"
        flight = b"\x02" + _sized(hello, 3) + b"\x0b" + _sized(_sized(entry, 3), 3)
        writer.write(b"\x16\x03\x03" + _sized(flight, 2))
        await writer.drain()
        await reader.read()

    async with speaking(present) as port:
        answer = await probe(network, port)
    assert (answer.chain, answer.gap) == ((), reason)


def _sized(content: bytes, octets: int) -> bytes:
    return len(content).to_bytes(octets, "big") + content


async def test_smtp_begins_tls_after_its_preamble(network: TlsNetwork) -> None:
    """A banner of several lines and several extensions come before it."""
    smtp = Smtp(
        banner=b"220-hello\r\n220 there\r\n", extensions=b"250-mx\r\n250-SIZE 1\r\n250-starttls\r\n250 HELP\r\n"
    )
    leaf = issued("mx.test")
    async with TlsEndpoint(leaf, smtp=smtp) as endpoint:
        assert (await probe(network, endpoint.port, "mx.test", "smtp")).chain == (leaf.der,)


@pytest.mark.parametrize(
    ("smtp", "said"),
    [
        (Smtp(banner=f"554 {CANARY}\r\n".encode()), "the greeting with 554"),
        (Smtp(extensions=f"502 {CANARY}\r\n".encode()), "EHLO with 502"),
        (Smtp(extensions=f"250-{CANARY}\r\n250 SIZE\r\n".encode()), "does not offer STARTTLS"),
        (Smtp(go_ahead=f"454 {CANARY}\r\n".encode()), "STARTTLS with 454"),
        (Smtp(banner=f"220-{CANARY}\r\n".encode() * 400), "more than 4096 bytes"),
        (Smtp(banner=CANARY.encode() * 1000), "more than 4096 bytes"),
        (Smtp(go_ahead=f"220 go\r\n{CANARY}".encode()), "went on talking"),
    ],
)
async def test_smtp_that_will_not_is_refused_and_never_echoed(network: TlsNetwork, smtp: Smtp, said: str) -> None:
    """Each way of not beginning TLS has its words, and none has the server's."""
    async with TlsEndpoint(issued(), smtp=smtp) as endpoint:
        answer = await probe(network, endpoint.port, starttls="smtp")
    assert answer.gap is GapReason.STARTTLS_REFUSED
    assert said in answer.text
    assert CANARY not in repr(answer)


async def test_two_at_most_are_at_one_endpoint(network: TlsNetwork) -> None:
    """Twenty probes of one endpoint wait for each other."""
    async with TlsEndpoint(issued()) as endpoint:
        answers = await asyncio.gather(*(probe(network, endpoint.port) for _ in range(20)))
    assert all(answer.chain for answer in answers)
    assert endpoint.connections == 20
    # The server notices the end of a connection a moment after we have ended it.
    assert endpoint.most_at_once <= 4


async def test_the_silent_do_not_hold_up_the_good(hasty_network: TlsNetwork) -> None:
    """As many silent endpoints as good ones, and slots for a part of them: all good ones are seen."""
    leaf = issued()
    async with (
        TlsEndpoint(leaf, manner=Manner.SILENT, address="0.0.0.0") as silent,
        TlsEndpoint(leaf, address="0.0.0.0") as good,
    ):
        requests = [
            ProbeRequest(f"127.0.9.{n}", endpoint.port, "a.test") for n in range(1, 41) for endpoint in (silent, good)
        ]
        answers = await asyncio.gather(*(hasty_network.probe(request) for request in requests))
    assert [answer.gap for answer in answers[::2]] == [GapReason.TIMED_OUT] * 40
    assert sum(bool(answer.chain) for answer in answers[1::2]) == 40


async def test_names_resolve_to_all_their_addresses_and_addresses_to_themselves(network: TlsNetwork) -> None:
    """`localhost` is in every hosts file; a literal address asks nobody."""
    assert "127.0.0.1" in await network.resolve("localhost")
    assert await network.resolve("2001:DB8:0::1") == ("2001:db8::1",)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".invalid"])
async def test_a_name_that_does_not_exist_is_an_os_error(network: TlsNetwork, host: str) -> None:
    """RFC 6761 6.4 keeps `.invalid` free for ever; the other cannot be a name."""
    with pytest.raises(OSError, match=r"\w"):
        await network.resolve(host)


def test_limits_are_those_that_were_promised() -> None:
    """Connect 5 s, probe 15 s, two an endpoint, 256 in all."""
    limits = ProbeLimits()
    assert (limits.connect_seconds, limits.probe_seconds) == (5.0, 15.0)
    assert (limits.each_endpoint, limits.everywhere) == (2, 256)
