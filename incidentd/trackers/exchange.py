"""What an HTTP exchange with a tracker comes to: an error by its status, an outcome by its error. Vendor-neutral."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from incidentd.errors import ConfigError, TrackerError, TrackerFailure
from incidentd.model.ticket import Comment, Outcome, Rejected, Retryable, TicketRef, Uncertain
from incidentd.ports import Clock
from incidentd.transport import Answer, excerpt

T = TypeVar("T")
Secret = Callable[[], str]
"""Asked for anew at each use, so that a rotated secret is the next one sent."""
MISSHAPEN = (TypeError, ValueError, AttributeError, KeyError)
"""What reading an answer raises that is of another shape than its vendor documents."""
KEY_CHARACTERS = 100
REFUSED = frozenset({TrackerFailure.REJECTED, TrackerFailure.FORBIDDEN})
"""It will not be had, or not from us."""
AN_INCIDENTS_OWN = "it is an incident's own ticket, and no release's"

_FAILURES = {
    401: TrackerFailure.UNAUTHORIZED,
    403: TrackerFailure.FORBIDDEN,
    404: TrackerFailure.NOT_FOUND,
    408: TrackerFailure.UNAVAILABLE,
    409: TrackerFailure.UNAVAILABLE,
    410: TrackerFailure.UNAVAILABLE,
    425: TrackerFailure.UNAVAILABLE,
    429: TrackerFailure.RATE_LIMITED,
}
"""410 is an API that was taken away, never a ticket."""

_REMOVED = "the vendor took this API away: install a newer incidentd"
_LONGEST_PAUSE_SECONDS = 3600.0


def failure_of(answer: Answer, said: str, now: datetime, hint: str = "") -> TrackerError:
    """The error that an answer of 4xx or 5xx stands for; `said` is the vendor's own text."""
    kind = _FAILURES.get(answer.status)
    if kind is None:
        kind = TrackerFailure.REJECTED if answer.status < 500 else TrackerFailure.UNAVAILABLE
    told = excerpt(said)
    what = f"HTTP {answer.status}: {told}" if told else f"HTTP {answer.status}"
    # Who may not in may not in anywhere: whichever call found out, the text is the same, and is said once.
    where = answer.where.rpartition(" ")[2] if answer.status == 401 else answer.where
    return TrackerError(kind, what, where, _REMOVED if answer.status == 410 else hint, answer.wait_seconds(now))


class Pause:
    """What a tracker asked to wait for is waited for: meanwhile nothing is sent to it (RFC 9110 10.2.3, RFC 6585 4)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = 0.0

    def check(self, where: str) -> None:
        """Returns when a call may go out. Raises TrackerError (RATE_LIMITED) while it may not."""
        left = self._until - self._clock.monotonic()
        if left > 0:
            what = "it asked to be left alone for a while"
            raise TrackerError(TrackerFailure.RATE_LIMITED, what, where, retry_after_seconds=left)

    def heed(self, failure: TrackerError) -> None:
        """Takes the wish of a failure, where it has one. No nonsense silences us for years."""
        if failure.kind is TrackerFailure.RATE_LIMITED:
            self.keep(failure.retry_after_seconds)

    def keep(self, seconds: float | None) -> None:
        """Sends nothing for so long, where it was asked for: an hour at most."""
        wait_seconds = min(seconds or 0.0, _LONGEST_PAUSE_SECONDS)
        self._until = max(self._until, self._clock.monotonic() + wait_seconds)


def outcome_of(error: TrackerError) -> Outcome:
    """What a failed write comes to: rejected only for what will never be accepted as it is."""
    if error.kind is TrackerFailure.REJECTED:
        return Rejected(str(error))
    if error.kind is TrackerFailure.UNCLEAR:
        return Uncertain(str(error))
    return Retryable(str(error), error.retry_after_seconds)


def once_begun(error: TrackerError) -> Outcome:
    """The same once a part of the write took effect: what is missing is to be found out and added, not decided anew."""
    outcome = outcome_of(error)
    return Uncertain(outcome.text) if isinstance(outcome, Retryable) else outcome


async def asked_twice(call: Callable[[], Awaitable[T]], kinds: Collection[TrackerFailure]) -> T:
    """What a call gives; once more where it fails as `kinds` say: a single refusal may be a gateway's. Raises as it."""
    try:
        return await call()
    except TrackerError as error:
        if error.kind not in kinds:
            raise
    return await call()


def revealed(secret: Secret, setting: str) -> str:
    """The secret as it is now. Raises TrackerError where it cannot be read: nothing is sent then."""
    try:
        return secret().strip()
    except ConfigError as error:
        what = f"{setting} cannot be had: {error.what}"
        hint = error.hint or f"put it back, or set {setting}_file to where it is; it is read again at the next attempt"
        raise TrackerError(TrackerFailure.UNAUTHORIZED, what, error.where, hint) from error


def unsaid(comments: Iterable[Comment], standing: Sequence[str]) -> list[str]:
    """The texts that do not stand, as whole lines, in anything that was said already; several may stand in one."""
    texts = (comment.text.strip() for comment in comments)
    return [text for text in texts if text and not any(f"\n{text}\n" in f"\n{said.strip()}\n" for said in standing)]


def moment(text: Any) -> datetime | None:
    """ISO 8601 as vendors write it (`…-0300`, `…Z`), aware, UTC; None for anything else."""
    try:
        at = datetime.fromisoformat(str(text))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def ref_to(id: Any, key: Any, url: Any) -> TicketRef:
    """A ticket as its tracker names it: what stands there is shown on terminals, in pages and on other tickets.

    So the key is one line that does nothing anywhere, and the address one of http or https, or none.
    """
    address = str(url or "")
    fine = address.isprintable() and " " not in address and address.startswith(("http://", "https://"))
    return TicketRef(str(id or ""), excerpt(str(key or ""), KEY_CHARACTERS), address if fine else "")


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
