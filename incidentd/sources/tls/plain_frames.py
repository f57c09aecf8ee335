"""Protocols of frames up to the point where TLS begins: LDAP, PostgreSQL, MySQL, XMPP. Nobody logs in."""

import re

from incidentd.sources.tls.plain_wire import PlainWire, StarttlsRefused

_START_TLS = b"1.3.6.1.4.1.1466.20037"
_LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + _START_TLS
"""LDAPMessage 1 with an ExtendedRequest (RFC 4511 4.12), named by the OID of StartTLS (4.14.1)."""
_SEQUENCE, _INTEGER, _ENUMERATED, _EXTENDED_RESPONSE = 0x30, 0x02, 0x0A, 0x78

_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""PostgreSQL, "Message Formats": SSLRequest."""

_PROTOCOL_41, _SSL, _SECURE_CONNECTION = 0x0200, 0x0800, 0x8000
_GREETING = re.compile(rb"\A\x0a[^\x00]{0,255}\x00.{13}(..)", re.DOTALL)
"""Protocol::HandshakeV10: version 10, the server's name for itself, connection id, 8 + 1 bytes, capabilities."""
_MYSQL_REQUEST = (
    b"\x20\x00\x00\x01"  # 32 bytes, the second packet of the exchange
    + (_PROTOCOL_41 | _SSL | _SECURE_CONNECTION).to_bytes(4, "little")
    + (1 << 24).to_bytes(4, "little")
    + b"\x21"  # utf8; nothing is ever said in it
    + bytes(23)
)

_TLS_SPACE = b"urn:ietf:params:xml:ns:xmpp-tls"
# No pattern reads on over the next `<`: a server that repeats itself, a byte at a time, gets no more of our time.
_FEATURES = re.compile(rb"</(?:\w+:)?features\s*>|<(?:\w+:)?features\b[^<>]*/>|<(?:\w+:)?error\b|</(?:\w+:)?stream\s*>")
_PROCEED = rb"(proceed)\b(?:[^<>]*/>|[^<>]*>\s*</(?:\w+:)?proceed\s*>)"
_ANSWER = re.compile(rb"<(?:\w+:)?(?:" + _PROCEED + rb"|failure\b)")


async def begin_ldap(wire: PlainWire) -> None:
    """The extended operation StartTLS (RFC 4511 4.14); its result must be success.

    Raises StarttlsRefused for any other answer, OSError when the connection breaks; so do all that follow.
    """
    await wire.send(_LDAP_REQUEST)
    message = await _element(wire)
    try:
        number, rest = _inside(message, _INTEGER)
        response, _ = _inside(rest, _EXTENDED_RESPONSE)
        result, _ = _inside(response, _ENUMERATED)
    except (IndexError, ValueError):
        raise StarttlsRefused("the server does not answer StartTLS as RFC 4511 has it") from None
    if int.from_bytes(number, "big") != 1 or any(result):
        raise StarttlsRefused("the server does not agree to StartTLS")
    wire.ended("StartTLS")


async def _element(wire: PlainWire) -> bytes:
    """The content of one BER SEQUENCE with a length of up to two bytes: an allowance holds no longer one."""
    tag, length = await wire.exactly(2, "StartTLS")
    if length in (0x81, 0x82):
        length = int.from_bytes(await wire.exactly(length - 0x80, "StartTLS"), "big")
    elif length >= 0x80:
        raise StarttlsRefused("the server does not answer StartTLS as RFC 4511 has it")
    if tag != _SEQUENCE:
        raise StarttlsRefused("the server does not answer StartTLS as RFC 4511 has it")
    return await wire.exactly(length, "StartTLS")


def _inside(content: bytes, tag: int) -> tuple[bytes, bytes]:
    """What the first element holds, and what comes after it. Raises IndexError or ValueError for anything else."""
    found, length, begin = content[0], content[1], 2
    if length & 0x80:
        begin = 2 + (length & 0x7F)
        length = int.from_bytes(content[2:begin], "big")
    if found != tag or len(content) < begin + length:
        raise ValueError("another element")
    return content[begin : begin + length], content[begin + length :]


async def begin_postgres(wire: PlainWire) -> None:
    """SSLRequest, answered by one byte (PostgreSQL, "SSL Session Encryption"): S agrees, N does not."""
    await wire.send(_SSL_REQUEST)
    if await wire.exactly(1, "SSLRequest") != b"S":
        raise StarttlsRefused("the server does not agree to SSLRequest")
    wire.ended("SSLRequest")


async def begin_mysql(wire: PlainWire) -> None:
    """The server's greeting, and an SSLRequest in answer (MySQL Internals, "Protocol::SSLRequest"); MariaDB as well."""
    header = await wire.exactly(4, "the greeting")
    greeting = await wire.exactly(int.from_bytes(header[:3], "little"), "the greeting")
    capabilities = _GREETING.match(greeting)
    if capabilities is None:
        raise StarttlsRefused("the server does not greet with version 10 of the protocol")
    if not int.from_bytes(capabilities[1], "little") & _SSL:
        raise StarttlsRefused("the server does not offer TLS")
    wire.ended("the greeting")
    await wire.send(_MYSQL_REQUEST)


async def begin_xmpp(wire: PlainWire, domain: str) -> None:
    """A client's stream to a domain, its features, and STARTTLS among them (RFC 6120 5.4). No XML is built or read."""
    opening = (
        f"<?xml version='1.0'?><stream:stream to='{domain}' xmlns='jabber:client'"
        " xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
    )
    await wire.send(opening.encode("ascii"))
    features = await wire.up_to(_FEATURES, "the stream")
    if _TLS_SPACE not in features:
        raise StarttlsRefused("the server does not offer STARTTLS")
    wire.ended("the stream")
    await wire.send(b"<starttls xmlns='" + _TLS_SPACE + b"'/>")
    if b"proceed" not in await wire.up_to(_ANSWER, "STARTTLS"):
        raise StarttlsRefused("the server does not agree to STARTTLS")
    wire.ended("STARTTLS")
