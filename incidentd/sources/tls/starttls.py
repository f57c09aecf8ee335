"""STARTTLS: which protocol begins TLS how. The explicit list of those that are spoken; each at its own port."""

import socket
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from incidentd.ports import Starttls
from incidentd.sources.tls.plain_frames import begin_ldap, begin_mysql, begin_postgres, begin_xmpp
from incidentd.sources.tls.plain_lines import begin_ftp, begin_imap, begin_pop3, begin_smtp
from incidentd.sources.tls.plain_wire import PlainWire

_BEGINNINGS: Mapping[Starttls, Callable[[PlainWire], Awaitable[None]]] = MappingProxyType(
    {
        "smtp": begin_smtp,
        "imap": begin_imap,
        "pop3": begin_pop3,
        "ftp": begin_ftp,
        "ldap": begin_ldap,
        "postgres": begin_postgres,
        "mysql": begin_mysql,
    }
)


async def begin_tls(sock: socket.socket, starttls: Starttls, asked_for: str) -> None:
    """Speaks the protocol until the next byte on the wire is TLS. `asked_for`: the name or address of the server.

    Raises StarttlsRefused where the server does not go along, or says more than 4 KB; OSError when the connection
    breaks.
    """
    wire = PlainWire(sock)
    if starttls == "xmpp":
        await begin_xmpp(wire, asked_for)
    else:
        await _BEGINNINGS[starttls](wire)
