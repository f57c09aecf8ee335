"""On the wire: one exchange with PagerDuty, and the vendor's own words for what it did not do.

One attempt for whatever writes; no error holds a secret.
"""

from collections.abc import Sequence
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure, TransportError
from incidentd.transport import Answer, Transport

Json = dict[str, Any]


async def exchange(
    transport: Transport,
    method: str,
    url: str,
    headers: dict[str, str],
    params: Sequence[tuple[str, str]] = (),
    body: Json | None = None,
) -> Answer:
    """The answer, whatever its status. Raises TrackerError where there is none, UNCLEAR where a write may be done."""
    reading = method == "GET"
    try:
        return await transport.request(method, url, headers=headers, params=params, json=body, idempotent=reading)
    except TransportError as error:
        lost = error.sent and not reading
        kind = TrackerFailure.UNCLEAR if lost else TrackerFailure.UNREACHABLE
        raise TrackerError(kind, error.what, error.where, error.hint) from error


def document_of(answer: Answer, unreadable: TrackerFailure) -> Json:
    """The answer as an object. Raises TrackerError of this kind for what is no JSON."""
    try:
        return record(answer.json())
    except TransportError as error:
        raise TrackerError(unreadable, error.what, error.where, error.hint) from error


def told(answer: Answer) -> Json:
    """The vendor's complaint: REST nests it in `error`, Events does not."""
    try:
        document = record(answer.json())
    except TransportError:
        return {}
    return record(document.get("error")) or document


def said(answer: Answer) -> str:
    """The vendor's own words."""
    complaint = told(answer)
    errors = complaint.get("errors")
    parts = [complaint.get("message"), *(errors if isinstance(errors, list) else [errors])]
    return "; ".join(str(part) for part in parts if part)


def record(value: Any) -> Json:
    """Any field may be null (REST v2, types)."""
    return value if isinstance(value, dict) else {}
