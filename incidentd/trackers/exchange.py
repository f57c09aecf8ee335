"""What an HTTP exchange with a tracker comes to: an error by its status, an outcome by its error. Vendor-neutral."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from incidentd.errors import ConfigError, TrackerError, TrackerFailure
from incidentd.model.ticket import Outcome, Rejected, Retryable, Uncertain
from incidentd.transport import Answer, excerpt

Secret = Callable[[], str]
"""Asked for anew at each use, so that a rotated secret is the next one sent."""

_FAILURES = {
    401: TrackerFailure.UNAUTHORIZED,
    403: TrackerFailure.FORBIDDEN,
    404: TrackerFailure.NOT_FOUND,
    410: TrackerFailure.NOT_FOUND,
    408: TrackerFailure.UNAVAILABLE,
    409: TrackerFailure.UNAVAILABLE,
    425: TrackerFailure.UNAVAILABLE,
    429: TrackerFailure.RATE_LIMITED,
}


def failure_of(answer: Answer, said: str, now: datetime, hint: str = "") -> TrackerError:
    """The error that an answer of 4xx or 5xx stands for; `said` is the vendor's own text."""
    kind = _FAILURES.get(answer.status)
    if kind is None:
        kind = TrackerFailure.REJECTED if answer.status < 500 else TrackerFailure.UNAVAILABLE
    told = excerpt(said)
    what = f"HTTP {answer.status}: {told}" if told else f"HTTP {answer.status}"
    return TrackerError(kind, what, answer.where, hint, answer.wait_seconds(now))


def outcome_of(error: TrackerError) -> Outcome:
    """What a failed write comes to: rejected only for what will never be accepted as it is."""
    if error.kind is TrackerFailure.REJECTED:
        return Rejected(str(error))
    if error.kind is TrackerFailure.UNCLEAR:
        return Uncertain(str(error))
    return Retryable(str(error), error.retry_after_seconds)


def revealed(secret: Secret) -> str:
    """The secret as it is now. Raises TrackerError where it cannot be read: nothing is sent then."""
    try:
        return secret().strip()
    except ConfigError as error:
        raise TrackerError(TrackerFailure.UNAUTHORIZED, error.what, error.where, error.hint) from error


def listed(document: Mapping[str, Any], name: str) -> tuple[dict[str, Any], ...]:
    """The objects of a list that must be there: what an answer does not say is never taken for nothing.

    Raises TrackerError: a proxy's or a gateway's 200 is no answer.
    """
    items = document.get(name)
    if not isinstance(items, list):
        raise TrackerError(TrackerFailure.UNAVAILABLE, f"the answer holds no list of {name}")
    return tuple(item for item in items if isinstance(item, dict))


def identified(document: Any, what: str, failure: TrackerFailure = TrackerFailure.UNAVAILABLE) -> dict[str, Any]:
    """A record with its id. Raises TrackerError for anything else."""
    if not isinstance(document, dict) or not document.get("id"):
        raise TrackerError(failure, f"the answer holds no {what}")
    return document
