"""Which certificate a handshake gets: by turns, by the name that is asked for, and under which rules of TLS."""

import ssl
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from incidentd.sandbox.ca import Issued


@dataclass(frozen=True, slots=True)
class TlsRules:
    """What a server asks of its clients."""

    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    demands_client_certificate: bool = False


@dataclass(slots=True)
class Served:
    """What is deployed now, as contexts that are ready to use."""

    asked: list[str | None] = field(default_factory=list)
    _turns: list[ssl.SSLContext] = field(default_factory=list)
    _by_name: dict[str, ssl.SSLContext] = field(default_factory=dict)
    _turn: int = 0

    def deploy(self, issued: Sequence[Issued]) -> None:
        """These take turns from the next handshake on."""
        self._turns = [_context_of(one) for one in issued]
        self._turn = 0

    def deploy_together(self, issued: Sequence[Issued]) -> None:
        """These stand side by side, each with a key of another type: a client gets the one that it can use."""
        self._turns = [_context_of(*issued)]
        self._turn = 0

    def deploy_for(self, by_name: Mapping[str, Issued]) -> None:
        """These answer who asks for their names."""
        self._by_name = {name: _context_of(issued) for name, issued in by_name.items()}

    def choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
        """Called by the handshake once the name is known, also when none was asked for."""
        self.asked.append(name)
        if name in self._by_name:
            connection.context = self._by_name[name]
            return None
        if not self._turns:
            return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
        connection.context = self._turns[self._turn % len(self._turns)]
        self._turn += 1
        return None


def front_context(served: Served, rules: TlsRules) -> ssl.SSLContext:
    """The context that every handshake begins in. It has no certificate: those are chosen by `served`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Old versions are served on purpose: endpoints that speak nothing newer are out there.
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = rules.minimum
        context.maximum_version = rules.maximum
    if rules.demands_client_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
    context.sni_callback = served.choose
    return context


def _context_of(*issued: Issued) -> ssl.SSLContext:
    """A context with one certificate, or with one for each type of key.

    The ssl module takes files only, so each key is on disk for that moment.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "served.pem"
        path.touch(mode=0o600)
        for one in issued:
            path.write_bytes(one.key_pem + one.chain_pem)
            context.load_cert_chain(path)
    return context
