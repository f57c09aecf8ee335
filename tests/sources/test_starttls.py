"""Plain text before TLS: what each protocol says and wants to hear, and servers that say anything else."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.observation import GapReason
from incidentd.ports import ProbeAnswer, ProbeRequest, Starttls
from incidentd.sandbox.endpoints import TlsEndpoint, Turn
from incidentd.sources.target import DEFAULT_PORTS, parse_target
from incidentd.sources.tls.network import ProbeLimits, TlsNetwork
from incidentd.sources.tls.plain_wire import StarttlsRefused
from incidentd.sources.tls.starttls import begin_tls
from tests.sources.world import issued, speaking

CANARY = b"canary-77aa"
LDAP_REQUEST = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
LDAP_AGREES = bytes.fromhex("300c02010178070a010004000400")
POSTGRES_REQUEST = bytes.fromhex("0000000804d2162f")
MYSQL_REQUEST = bytes.fromhex("20000001008a00000000000121") + bytes(23)
MYSQL_GREETING = b"\x0a8.4.2\x00" + bytes(4) + b"saltsalt\x00" + b"\xff\xff" + bytes(20)
XMPP_REQUEST = (
    b"<?xml version='1.0'?><stream:stream to='a.test' xmlns='jabber:client'"
    b" xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
XMPP_STREAM = b"<?xml version='1.0'?><stream:stream from='a.test' id='1' version='1.0'>"
XMPP_STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
XMPP_FEATURES = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
XMPP_PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
IMAP_ASK, POP3_ASK, FTP_ASK = b"i1 STARTTLS\r\n", b"STLS\r\n", b"AUTH TLS\r\n"


def packet(payload: bytes) -> bytes:
    """As MySQL frames it, the first of the exchange."""
    return len(payload).to_bytes(3, "little") + b"\x00" + payload


@dataclass(frozen=True)
class Talk:
    """One way to begin TLS: by which protocol, and what client and server say in turns."""

    name: str
    starttls: Starttls
    turns: tuple[Turn, ...]


AGREES = [
    Talk("imap", "imap", ((b"", b"* OK [CAPABILITY IMAP4rev2 STARTTLS] ready\r\n"), (IMAP_ASK, b"i1 OK begin\r\n"))),
    Talk("imap, talkative", "imap", ((b"", b"* OK hi\r\n"), (IMAP_ASK, b"* CAPABILITY IMAP4rev1\r\ni1 ok now\r\n"))),
    Talk("pop3", "pop3", ((b"", b"+OK POP3 <1896.697@a.test>\r\n"), (POP3_ASK, b"+OK Begin TLS\r\n"))),
    Talk("ftp", "ftp", ((b"", b"220 ready\r\n"), (FTP_ASK, b"234 AUTH TLS\r\n"))),
    Talk(
        "ftp, a greeting of lines with other numbers",
        "ftp",
        ((b"", b"220-hello\r\n 230 users\r\n230 users are here\r\n220 ready\r\n"), (FTP_ASK, b"234 yes\r\n")),
    ),
    Talk("ldap", "ldap", ((LDAP_REQUEST, LDAP_AGREES),)),
    Talk("ldap, a length in one more byte", "ldap", ((LDAP_REQUEST, b"\x30\x81\x0c" + LDAP_AGREES[2:]),)),
    Talk("ldap, long lengths inside", "ldap", ((LDAP_REQUEST, b"\x30\x0d\x02\x01\x01\x78\x81\x07" + LDAP_AGREES[7:]),)),
    Talk("postgres", "postgres", ((POSTGRES_REQUEST, b"S"),)),
    Talk("mysql", "mysql", ((b"", packet(MYSQL_GREETING)), (MYSQL_REQUEST, b""))),
    Talk("xmpp", "xmpp", ((XMPP_REQUEST, XMPP_STREAM + XMPP_FEATURES), (XMPP_STARTTLS, XMPP_PROCEED))),
    Talk(
        "xmpp, in other words",
        "xmpp",
        (
            (XMPP_REQUEST, XMPP_STREAM + XMPP_FEATURES.replace(b"stream:features", b"s:features")),
            (XMPP_STARTTLS, XMPP_PROCEED.replace(b"/>", b"></proceed>")),
        ),
    ),
]  # fmt: skip  # one way a line, where it fits

REFUSES = [
    Talk("imap that says goodbye", "imap", ((b"", b"* BYE " + CANARY + b"\r\n"),)),
    Talk("imap that needs no login", "imap", ((b"", b"* PREAUTH " + CANARY + b"\r\n"),)),
    Talk("imap that will not", "imap", ((b"", b"* OK\r\n"), (IMAP_ASK, b"i1 BAD " + CANARY + b"\r\n"))),
    Talk("imap that goes on", "imap", ((b"", b"* OK\r\n"), (IMAP_ASK, b"i1 OK\r\n" + CANARY))),
    Talk("imap that never ends", "imap", ((b"", b"* OK\r\n"), (IMAP_ASK, b"* " + CANARY * 1000))),
    Talk("imap that tells of itself for ever", "imap", ((b"", b"* OK\r\n"), (IMAP_ASK, b"* 1 EXISTS\r\n" * 1000))),
    Talk("pop3 that is shut", "pop3", ((b"", b"-ERR " + CANARY + b"\r\n"),)),
    Talk("pop3 that will not", "pop3", ((b"", b"+OK\r\n"), (POP3_ASK, b"-ERR " + CANARY + b"\r\n"))),
    Talk("pop3 that goes on", "pop3", ((b"", b"+OK\r\n"), (POP3_ASK, b"+OK\r\n" + CANARY))),
    Talk("ftp that is full", "ftp", ((b"", b"421 " + CANARY + b"\r\n"),)),
    Talk("ftp that will not", "ftp", ((b"", b"220 \r\n"), (FTP_ASK, b"502 " + CANARY + b"\r\n"))),
    Talk("ftp that is none", "ftp", ((b"", CANARY + b"\r\n"),)),
    Talk("ldap that will not", "ldap", ((LDAP_REQUEST, LDAP_AGREES.replace(b"\x0a\x01\x00", b"\x0a\x01\x02")),)),
    Talk("ldap of another message", "ldap", ((LDAP_REQUEST, LDAP_AGREES.replace(b"\x02\x01\x01", b"\x02\x01\x07")),)),
    Talk("ldap that says nothing", "ldap", ((LDAP_REQUEST, b"\x30\x00"),)),
    Talk("ldap that says too little", "ldap", ((LDAP_REQUEST, b"\x30\x05\x02\x01\x01\x78\x7f"),)),
    Talk("ldap without a length", "ldap", ((LDAP_REQUEST, b"\x30\x80" + CANARY),)),
    Talk("ldap with the longest length", "ldap", ((LDAP_REQUEST, b"\x30\x82\xff\xff" + CANARY * 500),)),
    Talk("ldap that is none", "ldap", ((LDAP_REQUEST, b"\x04\x02" + CANARY),)),
    Talk("ldap that goes on", "ldap", ((LDAP_REQUEST, LDAP_AGREES + CANARY),)),
    Talk("postgres that will not", "postgres", ((POSTGRES_REQUEST, b"N"),)),
    Talk("postgres that fails", "postgres", ((POSTGRES_REQUEST, b"E" + CANARY),)),
    Talk("postgres that goes on", "postgres", ((POSTGRES_REQUEST, b"S" + CANARY),)),
    Talk("mysql without TLS", "mysql", ((b"", packet(MYSQL_GREETING.replace(b"\xff\xff", b"\xff\xf7"))),)),
    Talk("mysql that turns us away", "mysql", ((b"", packet(b"\xff\x10\x04" + CANARY)),)),
    Talk("mysql of sixteen megabytes", "mysql", ((b"", b"\xff\xff\xff\x00\x0a" + CANARY * 500),)),
    Talk("mysql that goes on", "mysql", ((b"", packet(MYSQL_GREETING) + CANARY),)),
    Talk("xmpp without TLS", "xmpp", ((XMPP_REQUEST, XMPP_STREAM + b"<stream:features/>" + CANARY),)),
    Talk("xmpp that knows no such host", "xmpp", ((XMPP_REQUEST, XMPP_STREAM + b"<stream:error>" + CANARY),)),
    Talk("xmpp that will not", "xmpp", ((XMPP_REQUEST, XMPP_STREAM + XMPP_FEATURES), (XMPP_STARTTLS, b"<failure/>"))),
    Talk("xmpp that goes on", "xmpp", ((XMPP_REQUEST, XMPP_FEATURES), (XMPP_STARTTLS, XMPP_PROCEED + CANARY))),
    Talk("xmpp without end", "xmpp", ((XMPP_REQUEST, CANARY * 1000),)),
]  # fmt: skip  # one way a line


def names(talks: Sequence[Talk]) -> list[str]:
    return [talk.name for talk in talks]


async def probed(network: TlsNetwork, port: int, starttls: Starttls) -> ProbeAnswer:
    return await network.probe(ProbeRequest("127.0.0.1", port, "a.test", starttls))


@pytest.mark.parametrize("talk", AGREES, ids=names(AGREES))
async def test_tls_begins_after_the_plain_text_of_each_protocol(network: TlsNetwork, talk: Talk) -> None:
    """The server takes exactly the bytes that the protocol's document has, and shows its certificate."""
    leaf = issued("a.test")
    async with TlsEndpoint(leaf, plain=talk.turns) as endpoint:
        assert (await probed(network, endpoint.port, talk.starttls)).chain == (leaf.der,)


def test_each_protocol_is_tried() -> None:
    """SMTP has tests of its own; each has a port of its own."""
    assert {talk.starttls for talk in AGREES} | {"smtp"} == set(get_args(Starttls))
    assert set(DEFAULT_PORTS) == {None, *get_args(Starttls)}
    assert len(set(DEFAULT_PORTS.values())) == len(DEFAULT_PORTS)


@pytest.mark.parametrize("talk", REFUSES, ids=names(REFUSES))
async def test_what_does_not_begin_tls_is_refused_and_never_echoed(network: TlsNetwork, talk: Talk) -> None:
    """In words of ours, within the allowance of bytes, and without a wait."""
    async with TlsEndpoint(issued(), plain=talk.turns) as endpoint:
        answer = await probed(network, endpoint.port, talk.starttls)
    assert answer.gap is GapReason.STARTTLS_REFUSED
    assert CANARY.decode() not in repr(answer)


@pytest.mark.parametrize("starttls", get_args(Starttls))
async def test_a_server_that_drips_costs_its_probes_time_and_no_more(starttls: Starttls) -> None:
    """One byte, and then never another: the deadline of the probe ends it."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x30" if starttls == "ldap" else b"<" if starttls == "xmpp" else b"2")
        await reader.read()

    network = TlsNetwork(ProbeLimits(connect_seconds=0.2, probe_seconds=0.1))
    async with speaking(drip) as port:
        answer = await probed(network, port, starttls)
    network.close()
    # PostgreSQL answers with one byte, so that one is an answer.
    refused = GapReason.STARTTLS_REFUSED if starttls == "postgres" else GapReason.TIMED_OUT
    assert answer.gap is refused


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(get_args(Starttls)), st.binary(max_size=120))
def test_no_bytes_raise_anything_else(starttls: Starttls, said: bytes) -> None:
    """Whatever a peer says: TLS begins, it is refused, or the connection broke."""

    async def begin() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.sendall(said)
            theirs.shutdown(socket.SHUT_WR)
            try:
                await begin_tls(ours, starttls, "a.test")
            except (StarttlsRefused, ConnectionResetError):
                return

    asyncio.run(begin())


@pytest.mark.parametrize("said", [(b"<features <a/>",), (XMPP_FEATURES, b"<proceed <a/>")], ids=["features", "proceed"])
def test_an_element_of_xmpp_ends_before_the_next_begins(said: tuple[bytes, ...]) -> None:
    """So each byte is read once a look: one that repeats itself, a byte at a time, is no work for seconds."""

    async def begin() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            begun = asyncio.create_task(begin_tls(ours, "xmpp", "a.test"))
            for words in said:
                await asyncio.get_running_loop().run_in_executor(None, theirs.recv, 4096)
                theirs.sendall(words)
            theirs.shutdown(socket.SHUT_WR)
            await begun

    with pytest.raises(ConnectionResetError):
        asyncio.run(begin())


@pytest.mark.parametrize("starttls", get_args(Starttls))
def test_each_protocol_is_the_scheme_of_its_targets(starttls: Starttls) -> None:
    """With its own port, which may be left out."""
    target = parse_target(f"{starttls}://a.test")
    assert target.uri == f"{starttls}://a.test:{DEFAULT_PORTS[starttls]}"
    assert parse_target(target.uri) == target
