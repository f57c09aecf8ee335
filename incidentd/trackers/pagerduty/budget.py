"""How many events an integration key bears: about 120 in any 60 seconds; more are not ingested (Events API v2).

Every process on one state takes from the same budget, so that several replicas together keep the limit.
"""

from datetime import timedelta

from incidentd.ports import Clock, Worker
from incidentd.trackers.interface import CallLog
from incidentd.trackers.pagerduty.keys import fingerprint_of

EVENTS_PER_MINUTE = 120
MINUTE = timedelta(minutes=1)


class EventBudget:
    """A sliding window over the events that all processes sent, by routing key."""

    def __init__(self, log: CallLog, worker: Worker, clock: Clock) -> None:
        self._log = log
        self._worker = worker
        self._clock = clock

    async def wait_seconds(self, routing_key: str) -> float:
        """0 and one event more counted; or how long to wait before the next may go out, nothing counted.

        Raises StoreError where that cannot be written down.
        """
        name, now = f"pagerduty-events:{fingerprint_of(routing_key)}", self._clock.now()
        wait = await self._worker.run(lambda: self._log.take_call(name, EVENTS_PER_MINUTE, MINUTE, now))
        return wait.total_seconds()
