"""Brake: how many new incidents may still open now. Counted from the ledger: neither a restart nor a clock loosens it.

In no hour does a tracker get more than the limits allow, and no hour's decisions come to more either.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.model.incident import IncidentRecord, IncidentState
from incidentd.model.plan import Action, ActionKind
from incidentd.model.policy import GuardLimits

HOUR = timedelta(hours=1)


@dataclass
class _Room:
    """What is left of the limits: urgent ones have a budget of their own, and use the common one after it."""

    urgent: int
    common: int


def is_new(action: Action) -> bool:
    """True for an opening that was not decided before."""
    return action.kind is ActionKind.OPEN and action.record is None


def braked(
    actions: Iterable[Action], records: Sequence[IncidentRecord], limits: GuardLimits, now: datetime
) -> Iterator[tuple[Action, str]]:
    """The new openings for which there is no room now, each with why. The others take their room as they come.

    What a tracker was not able to take yet goes on counting against it, so that the end of an outage is no flood.
    """
    new = [action for action in actions if is_new(action)]
    if not new:
        return
    everywhere = _room([record for record in records if _counts(record, now)], limits, now)
    trackers: dict[str, _Room] = {}
    waiting = Counter(record.tracker for record in records if _waits(record))
    for action in new:
        name = action.tracker
        if name not in trackers:
            trackers[name] = _room(
                [record for record in records if record.tracker == name and (_counts(record, now) or _waits(record))],
                limits,
                now,
            )
        urgent = action.ends_at - now <= limits.urgent_left
        if not _take(urgent, everywhere, trackers[name]):
            yield action, _why(limits, waiting[name])


def _take(urgent: bool, *rooms: _Room) -> bool:
    if urgent and all(room.urgent > 0 for room in rooms):
        for room in rooms:
            room.urgent -= 1
        return True
    if all(room.common > 0 for room in rooms):
        for room in rooms:
            room.common -= 1
        return True
    return False


def _room(taken: Sequence[IncidentRecord], limits: GuardLimits, now: datetime) -> _Room:
    """Beyond the common limit all were urgent, whatever their dates say: one that was dated ahead does not look it."""
    urgent = min(sum(_was_urgent(record, limits, now) for record in taken), limits.urgent_per_hour)
    urgent = max(urgent, len(taken) - limits.open_per_hour)
    return _Room(limits.urgent_per_hour - urgent, limits.open_per_hour - (len(taken) - urgent))


def _counts(record: IncidentRecord, now: datetime) -> bool:
    """Opened within the last hour. An active row that is dated ahead counts as now."""
    return record.opened_at > now - HOUR and (record.active or record.opened_at <= now)


def _waits(record: IncidentRecord) -> bool:
    """Decided, and not known to stand in its tracker."""
    return record.state is IncidentState.OPEN and record.ticket is None


def _was_urgent(record: IncidentRecord, limits: GuardLimits, now: datetime) -> bool:
    """As it stood when it was opened. What is dated ahead counts as now: by its date it would have been urgent long."""
    opened_at = min(record.opened_at, now)
    return record.not_after is not None and record.not_after - opened_at <= limits.urgent_left


def _why(limits: GuardLimits, waiting: int) -> str:
    text = f"at most {limits.open_per_hour} new incidents an hour, and {limits.urgent_per_hour} urgent ones"
    return f"{text}; {waiting} still wait for their tracker" if waiting else text
