"""The account's priorities: only raised, and only where an incident still holds what we last set there."""

from collections.abc import Mapping
from dataclasses import dataclass

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.assessment import Severity
from incidentd.ports import Clock
from incidentd.trackers.exchange import REFUSED, asked_twice
from incidentd.trackers.pagerduty.client import PagerDutyRest
from incidentd.trackers.pagerduty.wire import Json, record

SCHEME_LASTS_SECONDS = 3600.0
_NOT_THERE = REFUSED | {TrackerFailure.NOT_FOUND}
"""The account has no priorities (402), or does not tell."""


@dataclass(frozen=True, slots=True)
class Raise:
    """What to set of a priority, empty for nothing."""

    put: Json
    ours: str | None = None
    """The id that then stands there by us; None where it is not ours."""
    unread: bool = False
    """The account's priorities could not be read just now: whether one is to be set is not known."""


class Priorities:
    """Names by severity, looked up in the account's own order (REST v2, priorities: most severe first)."""

    def __init__(self, rest: PagerDutyRest, names: Mapping[Severity, str], clock: Clock) -> None:
        self._rest = rest
        self._names = names
        self._clock = clock
        self._scheme: tuple[Json, ...] = ()
        self._read_at: float | None = None

    async def raised(self, incident: Json, severity: Severity, written: Mapping[str, str]) -> Raise:
        """What to set. A priority is never worth a page: that it cannot be known raises nothing."""
        name = self._names.get(severity)
        if name is None:
            return Raise({})
        if not await self._is_known():
            return Raise({}, unread=True)
        ranks = {str(step.get("id")): rank for rank, step in enumerate(self._scheme)}
        wanted = next((str(step["id"]) for step in self._scheme if step.get("name") == name), None)
        current = str(record(incident.get("priority")).get("id") or "")
        if wanted is None or current == wanted:
            return Raise({}, wanted)
        somebodys = "priority" in written and written["priority"] != current
        if somebodys or (current in ranks and ranks[current] < ranks[wanted]):
            return Raise({})
        return Raise({"priority": {"id": wanted, "type": "priority_reference"}}, wanted)

    async def _is_known(self) -> bool:
        """Whether the scheme was read, within the hour where that can be had. Where there is none, it is empty."""
        now = self._clock.monotonic()
        if self._read_at is not None and now - self._read_at < SCHEME_LASTS_SECONDS:
            return True
        try:
            self._scheme = await asked_twice(self._rest.priorities, (TrackerFailure.FORBIDDEN,))
        except TrackerError as error:
            if error.kind not in _NOT_THERE:
                return self._read_at is not None
            self._scheme = ()
        self._read_at = now
        return True
