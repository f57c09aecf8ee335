"""Events API v2: asynchronous; a 202 says accepted, not done. One attempt each; no error holds a key."""

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.ports import Clock
from incidentd.trackers.exchange import Pause, failure_of
from incidentd.trackers.pagerduty.budget import EVENTS_PER_MINUTE, EventBudget
from incidentd.trackers.pagerduty.keys import RoutingKeys
from incidentd.trackers.pagerduty.service import ORCHESTRATED
from incidentd.trackers.pagerduty.wire import Json, exchange, said
from incidentd.transport import Answer, Transport

EVENTS_URL = "https://events.pagerduty.com"
CROWDED_SECONDS = 30.0
"""Events are refused with a bare 429; the vendor's advice is to come back after this long (Events API v2, limits)."""

_NOT_TAKEN = 503
_DOOR = "check routing_key, and that events_url is your account's region"


class PagerDutyEvents:
    """Alert events and change events, within what a key bears."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        keys: RoutingKeys,
        budget: EventBudget,
        url: str = EVENTS_URL,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._budget = budget
        self._pause = Pause(clock)
        self._url = url.rstrip("/")
        self.keys = keys
        """What can be sent through."""

    async def send(self, event: Json, routing_key: str | None = None) -> None:
        """Returns when the event was accepted; one attempt. Raises TrackerError: UNCLEAR when it may have been.

        `routing_key`: another one than today's.
        """
        await self._send("/v2/enqueue", event, routing_key or self.keys.today())

    async def send_change(self, change: Json) -> None:
        """The same of a change event (Events v2, change events): it opens nothing and notifies nobody."""
        routing_key = self.keys.today()
        if routing_key.startswith(ORCHESTRATED):
            what = "the routing key is an orchestration's: such keys take no change events"
            raise TrackerError(
                TrackerFailure.REJECTED, what, "PagerDuty events", "use the key of a service's integration"
            )
        await self._send("/v2/change/enqueue", change, routing_key)

    async def _send(self, path: str, event: Json, routing_key: str) -> None:
        self._pause.check("PagerDuty events")
        wait_seconds = await self._budget.wait_seconds(routing_key)
        if wait_seconds:
            what = f"the integration's budget of {EVENTS_PER_MINUTE} events a minute is used up"
            raise TrackerError(TrackerFailure.RATE_LIMITED, what, "PagerDuty", retry_after_seconds=wait_seconds)
        body = {"routing_key": routing_key, **event}
        answer = await exchange(self._transport, "POST", f"{self._url}{path}", {}, body=body)
        if not answer.ok:
            failure = self._failure(answer)
            self._pause.heed(failure)
            raise failure

    def _failure(self, answer: Answer) -> TrackerError:
        """A gateway's error may hide an event that was taken: it is not called undone."""
        if answer.status == 413:
            return TrackerError(TrackerFailure.REJECTED, "the event is too large (HTTP 413)", answer.where)
        hint = _DOOR if answer.status in (400, 401, 403, 404) else ""
        failure = failure_of(answer, said(answer), self._clock.now(), hint)
        if answer.status >= 500 and answer.status != _NOT_TAKEN:
            failure.kind = TrackerFailure.UNCLEAR
        if answer.status == 429 and failure.retry_after_seconds is None:
            failure.retry_after_seconds = CROWDED_SECONDS
        return failure
