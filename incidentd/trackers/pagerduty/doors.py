"""Through which routing key an alert is reached: as the ledger knows, else as its integration tells."""

from collections.abc import Mapping, Sequence

from incidentd.trackers.pagerduty.client import PagerDutyRest
from incidentd.trackers.pagerduty.keys import RoutingKeys, door_of, fingerprint_of
from incidentd.trackers.pagerduty.wire import Json, record


class Doors:
    """A trigger through another key than the one that opened it would open a second incident: so none is guessed."""

    def __init__(self, rest: PagerDutyRest, keys: RoutingKeys) -> None:
        self._rest = rest
        self._keys = keys
        self._of_integration: dict[str, str | None] = {}

    def today(self, dedup_key: str) -> str:
        """What the ledger keeps of an opening through today's key. Raises TrackerError."""
        return door_of(self._keys.today(), dedup_key)

    async def key(self, dedup_key: str, written: Mapping[str, str], alerts: Sequence[Json]) -> str | None:
        """The key that reaches one of our open alerts; None where none is configured (any more). Raises TrackerError.

        An incident may hold alerts of several: what another key opened was merged into it.
        """
        door = written.get("door")
        if door is not None:
            return self._keys.by_door(door, dedup_key)
        known = [one for alert in alerts if (one := await self._fingerprint(alert)) is not None]
        if not known:
            return self._keys.today()
        return next((key for one in known if (key := self._keys.by_fingerprint(one)) is not None), None)

    async def _fingerprint(self, alert: Json) -> str | None:
        service, door = (str(record(alert.get(name)).get("id") or "") for name in ("service", "integration"))
        if not service or not door:
            return None
        if door not in self._of_integration:
            key = await self._rest.integration_key(service, door)
            self._of_integration[door] = fingerprint_of(key) if key else None
        return self._of_integration[door]
