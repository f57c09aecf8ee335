"""Resting: incidents with nothing to be done about them, from one pass to the next. Most are, in most passes.

What came to nothing comes to nothing again while incident, row and ticket are the same, until time alone changes it:
when a comment may be made again, or a place becomes unseen for too long.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from incidentd.model.incident import Incident, IncidentRecord, IncidentState
from incidentd.model.ticket import Ticket, TicketStatus
from incidentd.planning import comments
from incidentd.planning.sayings import Sayings


class Seen(Protocol):
    """What of the facts an incident at rest depends on."""

    @property
    def now(self) -> datetime: ...

    @property
    def incidents(self) -> Mapping[str, Incident]: ...

    @property
    def tickets(self) -> Mapping[str, Ticket]: ...

    @property
    def duplicates(self) -> Collection[str]: ...

    @property
    def blind_after(self) -> timedelta: ...

    @property
    def sayings(self) -> Sayings: ...


@dataclass(frozen=True, slots=True)
class _AtRest:
    record: IncidentRecord
    incident: Incident
    ticket: Ticket
    blind_after: timedelta
    since: datetime
    until: datetime


class Resting:
    """Without any, each is looked at whole: nothing rests on them."""

    def __init__(self) -> None:
        self._kept: dict[str, _AtRest] = {}

    def holds(self, record: IncidentRecord, facts: Seen) -> bool:
        """True where the same was found to be at rest, and no time has come since that would change it."""
        kept = self._kept.get(record.key)
        if kept is None or not kept.since <= facts.now < kept.until or kept.blind_after != facts.blind_after:
            return False
        incident, ticket = facts.incidents.get(record.key), facts.tickets.get(record.key)
        if incident is None or ticket is None or record.key in facts.duplicates:
            return False
        same = (kept.record is record or kept.record == record) and (kept.ticket is ticket or kept.ticket == ticket)
        return same and _is_same(kept.incident, incident)

    def incident(self, key: str) -> Incident | None:
        """As it was desired when it was found to be at rest."""
        kept = self._kept.get(key)
        return None if kept is None else kept.incident

    def keep(self, record: IncidentRecord, facts: Seen) -> None:
        """Nothing was wanted, and nothing noticed. What is not simply open is looked at whole each time."""
        incident, ticket = facts.incidents.get(record.key), facts.tickets.get(record.key)
        if incident is None or ticket is None or record.key in facts.duplicates or not _may_rest(record, ticket):
            return
        until = facts.sayings.until(record.key)
        if record.last_comment_at is not None and comments.said_lately(record, facts.now):
            until = min(until, record.last_comment_at + comments.ONE_A)
        self._kept[record.key] = _AtRest(record, incident, ticket, facts.blind_after, facts.now, until)

    def forget_all_but(self, keys: Collection[str]) -> None:
        """What is over rests for good."""
        for key in [key for key in self._kept if key not in keys]:
            self._kept.pop(key, None)


def _may_rest(record: IncidentRecord, ticket: Ticket) -> bool:
    """Open, with an open ticket that nobody accepted the risk on, and not snoozed."""
    is_open = record.state is IncidentState.OPEN and ticket.status is TicketStatus.OPEN
    return is_open and ticket.readable and not ticket.accepted and record.snoozed_until is None


def _is_same(one: Incident, other: Incident) -> bool:
    """Judged just as it was: an assessment that is the same is the same object."""
    return one is other or (
        one.assessment is other.assessment
        and (
            (one.tracker, one.owner, one.page, one.links, one.follows)
            == (other.tracker, other.owner, other.page, other.links, other.follows)
        )
    )
