"""Reporting: what became of incidents since a day, counted from the ledger alone. What it cannot tell is no guess."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from incidentd.model.incident import Event, HeldBy, IncidentRecord, IncidentState
from incidentd.planning.closing import proven_id
from incidentd.planning.phrases import rfc3339

UNOWNED = "unowned"
_DAY = timedelta(days=1)
_DECIDED = ("moved", "accepted", "snoozed", "taken_up")
"""What a person's commands write into the history."""
_NO_PERSON = f"by {HeldBy.AUTOMATION}"
_OPENED_BY_A_PERSON = ("reopened", "by somebody else")
_ENDED_ON_PROOF = "settled"

Life = tuple[IncidentRecord, tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class Tally:
    """Of all incidents, or of one owner's."""

    owner: str
    opened: int
    acted_on: int
    """Of how many a person did something about the ticket, or decided something by command."""
    closed: int
    closed_on_proof: int
    """By incidentd itself, and on nobody's word that something is gone."""
    closed_by_machines: int
    """How often another automation closed a ticket while the certificate was in place, as far as was noticed."""
    reopenings: int
    spare_days: tuple[float, ...]
    """Of each that was replaced or removed: days from its closing to its certificate's end; below 0 after it."""


def report(lives: Iterable[Life], owners: Mapping[str, str], since: datetime | None) -> tuple[Tally, tuple[Tally, ...]]:
    """The tally of all, and one an owner, by name. `owners` are by fingerprint; without one it is unowned."""
    told = [life for life in lives if life[0].of_certificate]
    named: dict[str, list[Life]] = {}
    for life in told:
        named.setdefault(owners.get(life[0].fingerprint) or UNOWNED, []).append(life)
    by_owner = (_tally(owner, named[owner], since) for owner in sorted(named))
    return _tally("", told, since), tuple(one for one in by_owner if _has_any(one))


def tally_document(tally: Tally) -> dict[str, object]:
    """The same for scripts; days to one decimal."""
    spare = tally.spare_days
    return {
        "opened": tally.opened,
        "acted_on": tally.acted_on,
        "closed": tally.closed,
        "closed_on_proof": tally.closed_on_proof,
        "closed_by_machines": tally.closed_by_machines,
        "reopenings": tally.reopenings,
        "spare_days_min": round(min(spare), 1) if spare else None,
        "spare_days_median": round(median(spare), 1) if spare else None,
    }


def report_document(
    total: Tally, by_owner: Sequence[Tally], since: datetime | None, until: datetime
) -> dict[str, object]:
    """`report --json`."""
    return {
        "since": rfc3339(since) if since else None,
        "until": rfc3339(until),
        "total": tally_document(total),
        "owners": [{"owner": one.owner, **tally_document(one)} for one in by_owner],
    }


def _tally(owner: str, lives: Sequence[Life], since: datetime | None) -> Tally:
    closed = [row for row, _ in lives if row.state is IncidentState.CLOSED and _lately(row.closed_at, since)]
    lately = [(row, [event for event in events if _lately(event.at, since)]) for row, events in lives]
    proven = [row for row in closed if _on_proof(row)]
    return Tally(
        owner=owner,
        opened=sum(_lately(row.opened_at, since) for row, _ in lives),
        acted_on=sum(any(_by_a_person(event) for event in events) for _, events in lately),
        closed=len(closed),
        closed_on_proof=sum(_by_itself(row) for row in closed),
        closed_by_machines=sum(_closed_by_machines(row, events) for row, events in lately),
        reopenings=sum(event.what == "reopened" for _, events in lately for event in events),
        spare_days=tuple((row.not_after - row.closed_at) / _DAY for row in proven if row.not_after and row.closed_at),
    )


def _has_any(tally: Tally) -> bool:
    return any((tally.opened, tally.acted_on, tally.closed, tally.closed_by_machines, tally.reopenings))


def _lately(at: datetime | None, since: datetime | None) -> bool:
    return at is not None and (since is None or at >= since)


def _by_a_person(event: Event) -> bool:
    held = event.what == "held" and event.text != _NO_PERSON
    return held or event.what in _DECIDED or (event.what, event.text) == _OPENED_BY_A_PERSON


def _closed_by_machines(row: IncidentRecord, events: Sequence[Event]) -> int:
    """What was undone at once is counted in the row, what was left stands in the history."""
    left = sum((event.what, event.text) == ("held", _NO_PERSON) for event in events)
    return left + (row.automation_closings if events else 0)


def _by_itself(row: IncidentRecord) -> bool:
    return proven_id(row) in row.told


def _on_proof(row: IncidentRecord) -> bool:
    """Also where somebody else had closed the ticket, and the proof came later."""
    return _by_itself(row) or row.close_text == _ENDED_ON_PROOF
