"""TLS contexts on both sides of an authority that lives as long as a test."""

import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from incidentd.sandbox.ca import CertificateAuthority

# Handshakes are judged by the machine's own clock: from 2020 to 2060 holds on any day.
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)


class Authority:
    """Trusted by who is told to; signs for addresses and names."""

    def __init__(self) -> None:
        self._root = CertificateAuthority(not_before=_FROM, not_after=_UNTIL)

    def server(self, *names: str) -> ssl.SSLContext:
        """A server's context with a certificate for these names and addresses."""
        issued = self._root.issue(names, not_before=_FROM, not_after=_UNTIL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "both.pem"
            file.write_bytes(issued.key_pem + issued.chain_pem)
            context.load_cert_chain(file)
        return context

    def files(self, folder: Path, *names: str) -> tuple[str, str]:
        """The same certificate as files of chain and key, for servers that want those."""
        issued = self._root.issue(names, not_before=_FROM, not_after=_UNTIL)
        chain, key = folder / "chain.pem", folder / "key.pem"
        chain.write_bytes(issued.chain_pem)
        key.write_bytes(issued.key_pem)
        return str(chain), str(key)

    @property
    def pem(self) -> bytes:
        """What is trusted, as a file of CAs has it."""
        return self._root.certificate_pem

    def client(self) -> ssl.SSLContext:
        """A client's context that trusts this authority."""
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=self.pem.decode())
        return context
