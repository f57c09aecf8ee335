"""The heartbeat: an address that is called after each complete pass, so that somebody else notices when none comes.

Whoever knows the address could keep a dead daemon looking alive: it is shown nowhere. A call that fails stops nothing.
"""

from incidentd.errors import IncidentdError
from incidentd.transport import Transport

HEARTBEAT_SECONDS = 5.0
"""How long one attempt may take."""


class Heartbeat:
    """Calls one address."""

    def __init__(self, transport: Transport, url: str, timeout_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._transport = transport
        self._url = url
        self._timeout_seconds = timeout_seconds

    async def beat(self) -> str:
        """GET, with a few attempts. Why it was not heard, without the address; empty when it was."""
        try:
            patience = self._timeout_seconds
            answer = await self._transport.request("GET", self._url, idempotent=True, timeout_seconds=patience)
        except IncidentdError as error:
            return error.what
        return "" if answer.ok else f"it was answered with HTTP {answer.status}"

    def __repr__(self) -> str:
        return "Heartbeat(…)"
