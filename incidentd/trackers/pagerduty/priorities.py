"""The account's priorities: only raised, and only where an incident still holds what we last set there."""

from collections.abc import Mapping

from incidentd.errors import TrackerError
from incidentd.model.assessment import Severity
from incidentd.ports import Clock
from incidentd.trackers.pagerduty.client import PagerDutyRest
from incidentd.trackers.pagerduty.wire import Json, record

SCHEME_LASTS_SECONDS = 3600.0


class Priorities:
    """Names by severity, looked up in the account's own order (REST v2, priorities: most severe first)."""

    def __init__(self, rest: PagerDutyRest, names: Mapping[Severity, str], clock: Clock) -> None:
        self._rest = rest
        self._names = names
        self._clock = clock
        self._scheme: tuple[Json, ...] = ()
        self._read_at: float | None = None

    async def raised(self, incident: Json, severity: Severity, written: Mapping[str, str]) -> tuple[Json, str | None]:
        """What to set, empty for nothing; and the id that then stands there by us, None where it is not ours."""
        name = self._names.get(severity)
        if name is None:
            return {}, None
        ranks = {str(step.get("id")): rank for rank, step in enumerate(await self._known())}
        wanted = next((str(step["id"]) for step in self._scheme if step.get("name") == name), None)
        current = str(record(incident.get("priority")).get("id") or "")
        if wanted is None or current == wanted:
            return {}, wanted
        somebodys = "priority" in written and written["priority"] != current
        if somebodys or (current in ranks and ranks[current] < ranks[wanted]):
            return {}, None
        return {"priority": {"id": wanted, "type": "priority_reference"}}, wanted

    async def _known(self) -> tuple[Json, ...]:
        """Empty where the account has none (402), or does not tell: a priority is never worth a page."""
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= SCHEME_LASTS_SECONDS:
            self._read_at = now
            try:
                self._scheme = await self._rest.priorities()
            except TrackerError:
                self._scheme = ()
        return self._scheme
