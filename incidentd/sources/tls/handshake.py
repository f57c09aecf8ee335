"""One TLS handshake on a connected socket, and what it showed. The only code that trusts nobody and verifies nothing.

A probe wants to see what is served, however wrong it is. So its context is for nothing else: no request of any kind is
ever sent over it, and nothing is read after the handshake.
"""

import asyncio
import errno
import socket
from dataclasses import replace

from OpenSSL import SSL, crypto

from incidentd.model.observation import GapReason
from incidentd.ports import ProbeAnswer, Refusal

MAX_CHAIN_CERTIFICATES = 100

# Anonymous suites have no certificate to show. Level 0 lets old keys, digests and TLS 1.0 in: they expire as well.
_CIPHERS = b"ALL:!aNULL:@SECLEVEL=0"
_LEGACY_SERVER_CONNECT = 0x4
"""SSL_OP_LEGACY_SERVER_CONNECT of openssl/ssl.h; the types published for pyOpenSSL do not know its name."""
_CHAIN_TOO_LONG = "excessive message size"
_UNPARSABLE = "asn1 encoding routines"
_NOTHING_FITS = ("alert handshake failure", "alert insufficient security")
_VERSION = ("alert protocol version", "unsupported protocol")
_NOT_TLS = ("wrong version number", "http request", "packet length too long", "record layer failure")


def unverified_context(ciphers: bytes = _CIPHERS) -> SSL.Context:
    """A context for probes, shared by all of them: making one costs more than a handshake."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_cipher_list(ciphers)
    # Servers from before RFC 5746 (2010) are refused otherwise. Nothing is sent that a renegotiation could abuse.
    context.set_options(_LEGACY_SERVER_CONNECT)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    return context


async def shake(context: SSL.Context, sock: socket.socket, server_name: str | None, deadline: float) -> ProbeAnswer:
    """A handshake until it ends, or until `deadline` (loop time), and the chain that was seen by then.

    The chain counts even when the handshake fails after it: a server that demands a client certificate (RFC 8446 4.3.2)
    has shown its own before. Never raises for what the peer does.
    """
    connection = SSL.Connection(context, sock)
    connection.set_connect_state()
    if server_name is not None:
        connection.set_tlsext_host_name(server_name.encode("ascii"))
    try:
        async with asyncio.timeout_at(deadline):
            await _until_done(connection, sock)
    except (SSL.Error, OSError) as error:
        answer = _answer(connection, *failure_of(error))
        return answer if answer.chain else replace(answer, refusal=refusal_of(error))
    return _answer(connection, GapReason.NO_CERTIFICATE, "the handshake ended without a certificate")


async def _until_done(connection: SSL.Connection, sock: socket.socket) -> None:
    while True:
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            await _ready(sock, to_write=False)
        except SSL.WantWriteError:
            await _ready(sock, to_write=True)
        else:
            return


async def _ready(sock: socket.socket, *, to_write: bool) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    add, remove = (loop.add_writer, loop.remove_writer) if to_write else (loop.add_reader, loop.remove_reader)
    add(sock, _settle, ready)
    try:
        await ready
    finally:
        remove(sock)


def _settle(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


def _answer(connection: SSL.Connection, gap: GapReason, text: str) -> ProbeAnswer:
    """The chain as DER; without one, the gap."""
    presented = connection.get_peer_cert_chain() or []
    if not presented:
        return ProbeAnswer((), gap, text)
    chain = tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in presented[:MAX_CHAIN_CERTIFICATES])
    beyond = len(presented) - len(chain)
    return ProbeAnswer(chain, None, f"{beyond} more certificates were presented and not read" if beyond else "")


def failure_of(error: Exception) -> tuple[GapReason, str]:
    """Why a probe showed nothing, as a stable reason and a sentence of ours: nothing a peer wrote is in it."""
    if isinstance(error, SSL.SysCallError | SSL.ZeroReturnError):
        return GapReason.RESET, "the server hung up during the handshake"
    if isinstance(error, SSL.Error):
        return _refusal(error)
    if isinstance(error, TimeoutError):
        return GapReason.TIMED_OUT, "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return GapReason.REFUSED, "the connection was refused: nothing listens there"
    if isinstance(error, ConnectionError):
        return GapReason.RESET, "the connection was reset"
    reason = errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)
    return GapReason.UNREACHABLE, f"no connection could be made ({reason})"


def refusal_of(error: Exception) -> Refusal | None:
    """How the server ended it; None where it did not."""
    if isinstance(error, SSL.SysCallError | SSL.ZeroReturnError | ConnectionResetError):
        return Refusal.HUNG_UP
    reasons = _reasons(error) if isinstance(error, SSL.Error) else []
    if any(reason.endswith(_NOTHING_FITS) for reason in reasons):
        return Refusal.NOTHING_FITS
    return Refusal.VERSION if any(reason.endswith(_VERSION) for reason in reasons) else None


def _reasons(error: SSL.Error) -> list[str]:
    """What OpenSSL says, in texts that are constants of the library."""
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return [str(entry[2]) for entry in entries]


def _refusal(error: SSL.Error) -> tuple[GapReason, str]:
    """What OpenSSL says about a failed handshake: its texts are constants of the library."""
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    reasons = _reasons(error)
    if _CHAIN_TOO_LONG in reasons:
        return GapReason.TOO_LARGE, "the chain is larger than the 100 KB that OpenSSL takes"
    if any(entry[0] == _UNPARSABLE for entry in entries):
        return GapReason.UNREADABLE, "OpenSSL cannot take the presented certificate apart"
    if any(reason in _NOT_TLS for reason in reasons):
        return GapReason.NO_CERTIFICATE, "what answers there does not speak TLS"
    said = "; ".join(reason for reason in reasons if reason) or "no reason given"
    return GapReason.NO_CERTIFICATE, f"the handshake failed before a certificate was shown: {said}"
