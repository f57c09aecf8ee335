"""Freshness: when each source was last looked at, how that went, and what cannot be seen. Pure."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidentd.daemon.deciding import Decision
from incidentd.daemon.status import Status
from incidentd.model.blindness import Cause
from incidentd.model.incident import IncidentRecord, cause_in
from incidentd.model.inventory import Place, SweepRecord
from incidentd.model.places import kept_places
from incidentd.planning.phrases import ago, counted, instant
from incidentd.planning.self_wording import told_of
from incidentd.sources.pushed.source import last_heard_at
from incidentd.web.rows import followable

GAPS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source: when it was last looked at, and how that went."""

    name: str
    swept: str
    age: str
    state: str
    """`ok`, `gaps`, `fails` or `waits` (for its first sweep)."""
    detail: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """One place that cannot be seen."""

    uri: str
    since: str
    why: str


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """One cause of blindness."""

    text: str
    severity: str
    tracker: str
    """Empty where no tracker is told of it."""
    ticket: str
    url: str


def source_rows(status: Status, now: datetime) -> list[SourceRow]:
    """Every configured source, by name."""
    unseen = Counter(place.location.source for place in unseen_places(status.decision))
    return [
        _pushed(name, status.sweeps.get(name), unseen[name], now)
        if name in status.pushed_sources
        else _source(name, status.sweeps.get(name), unseen[name], now)
        for name in sorted(status.expected_sources)
    ]


def trouble_rows(status: Status) -> list[TroubleRow]:
    """What incidentd is blind to, each cause with the ticket that says so, where there is one."""
    tickets = {cause_in(row.key): row for row in status.records if row.active and row.of_itself}
    return [_trouble(cause, tickets.get(cause.id)) for cause in status.own.judged.holding]


def _trouble(cause: Cause, row: IncidentRecord | None) -> TroubleRow:
    ticket = row.ticket if row is not None else None
    where = (row.tracker, ticket.key if ticket else "", followable(ticket)) if row is not None else ("", "", "")
    return TroubleRow(told_of(cause), cause.step.severity.value, *where)


def unseen_places(decision: Decision | None) -> list[Place]:
    """The places that the last look could not see, or not whole."""
    places = kept_places(decision.inventory) if decision else ()
    return [place for place in places if place.open_gaps]


def gap_rows(place: Place) -> list[GapRow]:
    """The gap of a place, those of its members, and the addresses that never answered."""
    uri = place.location.uri
    return [
        GapRow(f"{uri} [{gap.address}]" if gap.address else uri, instant(gap.since), gap.text)
        for gap in place.open_gaps
    ]


def _source(name: str, sweep: SweepRecord | None, unseen: int, now: datetime) -> SourceRow:
    if sweep is None:
        return SourceRow(name, "", "", "waits", "its first sweep is not done")
    swept, age = instant(sweep.finished_at), f"{ago(max(now - sweep.finished_at, timedelta()))} ago"
    if sweep.failure:
        since = f" (since {instant(sweep.failing_since)})" if sweep.failing_since else ""
        return SourceRow(name, swept, age, "fails", f"{sweep.failure}{since}")
    if not sweep.complete:
        return SourceRow(name, swept, age, "gaps", f"{counted(unseen, 'place')} could not be seen")
    return SourceRow(name, swept, age, "ok", "everything was seen")


def _pushed(name: str, sweep: SweepRecord | None, unseen: int, now: datetime) -> SourceRow:
    """The same of what others look at: what counts is when they were heard, not when somebody noticed that."""
    row, heard_at = _source(name, sweep, unseen, now), last_heard_at(sweep)
    if heard_at is None:
        return replace(row, swept="", age="never pushed")
    return replace(row, swept=instant(heard_at), age=f"pushed {ago(max(now - heard_at, timedelta()))} ago")
