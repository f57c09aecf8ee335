"""Protocols of lines up to the point where TLS begins: SMTP, FTP, POP3, IMAP. Nobody logs in, nothing is asked."""

import re

from incidentd.sources.tls.plain_wire import PlainWire, StarttlsRefused

_OFFERED = re.compile(rb"^250[ -]STARTTLS\s*$", re.IGNORECASE)
_CODE = re.compile(rb"([0-9]{3})([ \t-]|$)")
_TAG = b"i1 "


async def begin_smtp(wire: PlainWire) -> None:
    """Greeting, EHLO, STARTTLS (RFC 3207); afterwards the next byte on the wire is TLS.

    Raises StarttlsRefused for an answer that is not as RFC 3207 has it, OSError when the connection breaks; so do all
    that follow.
    """
    await _reply(wire, b"220", "the greeting")
    await wire.send(f"EHLO {_own_literal(wire)}\r\n".encode("ascii"))
    if not any(map(_OFFERED.match, await _reply(wire, b"250", "EHLO"))):
        raise StarttlsRefused("the server does not offer STARTTLS")
    await wire.send(b"STARTTLS\r\n")
    await _reply(wire, b"220", "STARTTLS")


async def begin_ftp(wire: PlainWire) -> None:
    """Greeting and AUTH TLS, which is answered by 234 (RFC 4217 4)."""
    await _reply(wire, b"220", "the greeting")
    await wire.send(b"AUTH TLS\r\n")
    await _reply(wire, b"234", "AUTH TLS")


async def begin_pop3(wire: PlainWire) -> None:
    """Greeting and STLS (RFC 2595 4); a reply is one line (RFC 1939 3)."""
    await _okay(wire, "the greeting")
    await wire.send(b"STLS\r\n")
    await _okay(wire, "STLS")


async def begin_imap(wire: PlainWire) -> None:
    """Greeting and STARTTLS (RFC 9051 6.2.1). Who greets with PREAUTH takes no STARTTLS any more, nor does BYE."""
    if not (await wire.line("the greeting")).upper().startswith(b"* OK"):
        raise StarttlsRefused("the server does not greet as one that waits for a login")
    wire.ended("the greeting")
    await wire.send(_TAG + b"STARTTLS\r\n")
    while (answer := await wire.line("STARTTLS")).startswith(b"* "):
        pass  # what a server tells of itself, at any time (RFC 9051 7)
    if not answer.upper().startswith(_TAG.upper() + b"OK"):
        raise StarttlsRefused("the server does not agree to STARTTLS")
    wire.ended("STARTTLS")


def _own_literal(wire: PlainWire) -> str:
    """Our own address: who has no name says that (RFC 5321 4.1.4), and so no host name of ours leaks."""
    address = wire.own_address
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


async def _reply(wire: PlainWire, code: bytes, step: str) -> list[bytes]:
    """A whole reply with this code. Its last line has the code of the first, and no hyphen after it.

    RFC 5321 4.2.1; by RFC 959 4.2 the lines between may be anything.
    """
    lines = [await wire.line(step)]
    given = _CODE.match(lines[0])
    if given is None:
        raise StarttlsRefused(f"the server answered {step} with something that is no reply")
    while _CODE.match(lines[-1]) is None or lines[-1][:3] != given[1] or lines[-1][3:4] == b"-":
        lines.append(await wire.line(step))
    if given[1] != code:
        raise StarttlsRefused(f"the server answered {step} with {given[1].decode('ascii')}")
    wire.ended(step)
    return lines


async def _okay(wire: PlainWire, step: str) -> None:
    if not (await wire.line(step)).upper().startswith(b"+OK"):
        raise StarttlsRefused(f"the server does not answer {step} with +OK")
    wire.ended(step)
