"""The hub that a sweep is pushed to: asked what it holds of the pusher's source, and told what is there now."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from incidentd.cli.releasing.hub import reached, require_address
from incidentd.errors import TransportError
from incidentd.planning.sanitize import sanitize
from incidentd.sources.pushed.lines import Known
from incidentd.transport import Answer, Transport

PATH = "/api/v1/observations"
OPTION = "--push"
ASK_SECONDS = 60.0
PUSH_SECONDS = 60.0
BYTES_PER_SECOND = 100_000
"""The slowest line that a push is expected to come through whole."""
LONGEST_SECONDS = 900.0
ANSWER_BYTES = 200 * 1024 * 1024
"""What a hub holds of 200,000 places."""
_BEGIN_ANEW = 409
_SAID = 500
_HINTS = {
    404: f"{OPTION} is the address at which the board is, and the daemon there has to know push: has it this version?",
    413: "a proxy in between may take smaller bodies only",
}


class BegunAnew(TransportError):
    """Another sweep was recorded meanwhile."""


@dataclass(frozen=True, slots=True)
class PushHub:
    """Where it is, and the token of the source there. Raises UsageError for what is no address of a hub."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        require_address(self.url, OPTION)

    async def known(self, transport: Transport) -> Known:
        """What it holds of the source. Raises TransportError."""
        answer = await self._exchanged(transport, "GET", ASK_SECONDS)
        try:
            return Known.model_validate_json(answer.body)
        except ValidationError:
            hint = "is it an incidentd of this version or a later one?"
            raise TransportError("its answer is not understood", answer.where, hint, sent=True) from None

    async def push(self, transport: Transport, body: bytes) -> dict[str, Any]:
        """What became of the sweep. Pushed twice, it is recorded once. Raises BegunAnew and TransportError."""
        seconds = min(PUSH_SECONDS + len(body) / BYTES_PER_SECOND, LONGEST_SECONDS)
        answer = await self._exchanged(transport, "POST", seconds, body)
        document = answer.json()
        return document if isinstance(document, dict) else {}

    async def _exchanged(self, transport: Transport, method: str, seconds: float, body: bytes | None = None) -> Answer:
        headers = {"authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["content-type"] = "application/x-ndjson"
        url = self.url.rstrip("/") + PATH
        exchange = transport.request(
            method, url, idempotent=True, headers=headers, content=body, timeout_seconds=seconds
        )
        answer = await reached(exchange, OPTION)
        if not answer.ok:
            raise _refused(answer)
        return answer


def _refused(answer: Answer) -> TransportError:
    if answer.status in (401, 403):
        hint = "name the file that holds what the hub has in sources.NAME.token_file: --token-file"
        return TransportError("it does not take the token", answer.where, hint, sent=True)
    hint = _HINTS.get(answer.status, "")
    kind = BegunAnew if answer.status == _BEGIN_ANEW else TransportError
    return kind(f"HTTP {answer.status} {_why(answer)}".strip(), answer.where, hint, sent=True)


def _why(answer: Answer) -> str:
    try:
        document = answer.json()
    except TransportError:
        return ""
    return sanitize(str(document.get("error", "")), _SAID) if isinstance(document, dict) else ""
