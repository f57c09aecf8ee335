"""Deafness: a service that takes events with 202 and drops them, as one that is disabled or in maintenance does.

Sources: REST API v2, service. What cannot be seen is no reason to stop.
"""

from incidentd.errors import TrackerError
from incidentd.ports import Clock
from incidentd.trackers.exchange import listed
from incidentd.trackers.pagerduty.client import PAGE_SIZE, REACH, PagerDutyRest
from incidentd.trackers.pagerduty.keys import RoutingKeys
from incidentd.trackers.pagerduty.service import holds_door
from incidentd.trackers.pagerduty.wire import Json, record

LOOKS_EVERY_SECONDS = 300.0
MOST_LOOKED_THROUGH = 1_000
WITH_DOORS = ("include[]", "integrations")
_DEAF = {"disabled": "is disabled", "maintenance": "is in maintenance"}


async def service_of(rest: PagerDutyRest, routing_key: str, reach: int = REACH) -> Json | None:
    """The service one of whose integrations the key opens, with its integrations; None where none is seen.

    `reach`: how many services are looked through. Raises TrackerError.
    """
    for offset in range(0, reach - PAGE_SIZE + 1, PAGE_SIZE):
        page = (WITH_DOORS, ("limit", str(PAGE_SIZE)), ("offset", str(offset)))
        answer = await rest.look("/services", page)
        found = next((one for one in listed(answer, "services") if routing_key and holds_door(one, routing_key)), None)
        if found is not None or not answer.get("more"):
            return found
    return None


class Deafness:
    """Of the service that is configured, else of the one behind today's routing key."""

    def __init__(self, rest: PagerDutyRest, keys: RoutingKeys, service: str | None, clock: Clock) -> None:
        self._rest = rest
        self._keys = keys
        self._id = service
        self._clock = clock
        self._looked_at: float | None = None
        self._said: str | None = None

    async def told(self) -> str | None:
        """Why the service drops what it is sent; None where it listens, or where that cannot be told.

        Asked at most once in five minutes while it listens, since most events are only late.
        """
        now = self._clock.monotonic()
        if self._said is None and self._looked_at is not None and now - self._looked_at < LOOKS_EVERY_SECONDS:
            return None
        self._looked_at = now
        try:
            self._said = _said_of(await self._service())
        except TrackerError:
            self._said = None
        return self._said

    async def _service(self) -> Json:
        if self._id is not None:
            return record((await self._rest.look(f"/services/{self._id}")).get("service"))
        found = await service_of(self._rest, self._keys.today(), MOST_LOOKED_THROUGH) or {}
        self._id = str(found["id"]) if found.get("id") else None
        return found


def _said_of(service: Json) -> str | None:
    deaf = _DEAF.get(str(service.get("status")))
    if deaf is None:
        return None
    name = service.get("summary") or service.get("id")
    return f"the service {name} {deaf}: PagerDuty takes events for it and drops them; sent again once that is over"
