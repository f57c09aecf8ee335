"""Blindness: what a pass shows of incidentd's own sight and reach, cause by cause. What is not known is not judged."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import nsmallest
from types import MappingProxyType

from incidentd.model.assessment import Step
from incidentd.model.blindness import Cause, CauseId, CauseKind, Signs, Trace
from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState
from incidentd.model.inventory import Inventory, OpenGap, Place, SweepRecord
from incidentd.model.places import kept_places, places_in
from incidentd.model.plan import Intent
from incidentd.model.policy import Policy
from incidentd.model.ticket import Ticket
from incidentd.policy.production import is_production
from incidentd.policy.silence import may_serve, sees_ipv6

OUTBOX_OLD = timedelta(minutes=15)
"""What waits longer in the outbox is stuck."""
LATE_INTERVALS = 3
"""So many intervals, and a quarter of an hour, may lie between the ends of two sweeps of a source."""
LATE_BEYOND = timedelta(minutes=15)
TRACES_KEPT = 20
WIDE_SHARE = 0.2
WIDE_ABOVE = 5
"""All places of a source, or more than a fifth of more than five: as where a source that drops them is suspect."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that this judgement depends on."""

    now: datetime
    inventory: Inventory
    policy: Policy
    intervals: Mapping[str, timedelta]
    """Time between two sweeps, by configured source."""
    unfinished: Sequence[Intent] = ()
    """The outbox after what could be delivered was."""
    records: Sequence[IncidentRecord] = ()
    """The ledger's rows of certificates and what stands beside them, with what people and automations did noticed."""
    tickets: Mapping[str, Ticket] = field(default_factory=lambda: MappingProxyType({}))
    """By key, as far as the trackers could be read."""
    unread: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Trackers that could not be read in this pass, and why."""
    signs: Signs | None = None
    """None: whoever asks has no loop, and does not know whether a sweep hangs."""
    pushed: Collection[str] = frozenset()
    """Sources that nobody here sweeps: one that is late has failed by its own measure, and says so itself."""
    others: Collection[str] = frozenset()
    """Sources of which this configuration does not know, and that another process on this state sweeps."""


BlindGaps = Mapping[str, Sequence[tuple[Place, OpenGap]]]


def causes(outlook: Outlook, blind: BlindGaps) -> tuple[Cause, ...]:
    """Everything that is wrong now. A place of a source that fails or stalls is that source's trouble, not its own."""
    of_sources = (*_failing(outlook), *_stalled(outlook))
    in_trouble = {cause.id.subject for cause in of_sources}
    seeing = [name for name in outlook.intervals if name in blind and name not in in_trouble]
    return (
        *of_sources,
        *(_blind(name, blind[name], outlook) for name in seeing),
        *_unread(outlook),
        *_stuck(outlook),
        *_closed_by_automation(outlook),
    )


def blind_gaps(inventory: Inventory, policy: Policy, now: datetime) -> BlindGaps:
    """By source, one long gap of each production place that has been unseen for longer than `policy.blind_after`."""
    gaps: dict[str, list[tuple[Place, OpenGap]]] = {}
    has_ipv6: bool | None = None
    for place in [kept.place for kept in places_in(inventory).kept.values() if not kept.shown]:
        if not _has_gaps(place) or not is_production(place.location.labels, policy):
            continue
        has_ipv6 = sees_ipv6(inventory) if has_ipv6 is None else has_ipv6
        heard = replace(place, silent=tuple(each for each in place.silent if may_serve(each, has_ipv6)))
        long = [gap for gap in heard.open_gaps if now - gap.since > policy.blind_after]
        if long:
            gaps.setdefault(place.location.source, []).append((place, min(long, key=lambda gap: gap.since)))
    return gaps


def _has_gaps(place: Place) -> bool:
    """Asked of every place in every pass: in a large fleet nearly all can be seen."""
    if place.unseen_since or place.silent:
        return True
    return any(member.unseen_since for member in place.members)


def is_late(sweep: SweepRecord | None, interval: timedelta, now: datetime, since: datetime | None = None) -> bool:
    """True when no sweep of a source has ended for far longer than it should take, counted from `since` at most."""
    ended = max((at for at in (sweep.finished_at if sweep else None, since) if at is not None), default=None)
    return ended is None or now - ended > LATE_INTERVALS * interval + LATE_BEYOND


def _failing(outlook: Outlook) -> Iterator[Cause]:
    """What could be looked at all the same, as a list of targets may be half readable, is not counted."""
    for name in outlook.intervals:
        sweep = outlook.inventory.sweeps.get(name)
        if sweep is not None and sweep.failure is not None:
            since = sweep.failing_since or sweep.finished_at
            step = Step.ERROR if outlook.now - since > outlook.policy.blind_after else Step.WARNING
            gaps = [(place, place.open_gaps[0]) for place in _production_places(name, outlook) if place.open_gaps]
            id, first = CauseId(CauseKind.SOURCE, name), _first_unseen(gaps)
            yield Cause(id, since, step, len(gaps), why=sweep.failure, first=first)


def _stalled(outlook: Outlook) -> Iterator[Cause]:
    if outlook.signs is None:
        return
    for name, interval in outlook.intervals.items():
        sweep, began_at = outlook.inventory.sweeps.get(name), outlook.signs.began_at
        hanging = outlook.signs.hanging.get(name)
        if hanging is not None:
            yield _stall(name, hanging, "its sweep hangs", outlook)
        elif name not in outlook.pushed and is_late(sweep, interval, outlook.now, began_at):
            since = sweep.finished_at if sweep else began_at
            yield _stall(name, since, "no sweep of it comes to an end", outlook)


def _stall(name: str, since: datetime, why: str, outlook: Outlook) -> Cause:
    places = _production_places(name, outlook)
    first = nsmallest(TRACES_KEPT, places, key=lambda place: place.location.uri)
    traces = tuple(_not_looked_at(place, outlook.inventory) for place in first)
    return Cause(CauseId(CauseKind.STALLED, name), since, Step.ERROR, len(places), why=why, first=traces)


def _not_looked_at(place: Place, inventory: Inventory) -> Trace:
    looks = (member.last_look_at for member in inventory.places[place.key].members)
    return Trace(place.location.uri, place.location.role.value, "not looked at", max(looks, default=None))


def _blind(name: str, gaps: Sequence[tuple[Place, OpenGap]], outlook: Outlook) -> Cause:
    of = len(_production_places(name, outlook))
    wide = len(gaps) == of or (of > WIDE_ABOVE and len(gaps) > WIDE_SHARE * of)
    since = min(gap.since for _, gap in gaps)
    step = Step.ERROR if wide else Step.WARNING
    return Cause(CauseId(CauseKind.BLIND, name), since, step, len(gaps), of, first=_first_unseen(gaps))


def _first_unseen(gaps: Sequence[tuple[Place, OpenGap]]) -> tuple[Trace, ...]:
    """Longest unseen first."""
    first = nsmallest(TRACES_KEPT, gaps, key=lambda pair: (pair[1].since, pair[0].location.uri))
    return tuple(_unseen(place, gap) for place, gap in first)


def _unseen(place: Place, gap: OpenGap) -> Trace:
    address = f" [{gap.address}]" if gap.address else ""
    why = gap.text or (gap.reason.value if gap.reason else "")
    return Trace(f"{place.location.uri}{address}", place.location.role.value, why, gap.since)


def _production_places(source: str, outlook: Outlook) -> list[Place]:
    places = kept_places(outlook.inventory, source)
    return [place for place in places if is_production(place.location.labels, outlook.policy)]


def _unread(outlook: Outlook) -> Iterator[Cause]:
    for name, why in outlook.unread.items():
        rows = [row for row in outlook.records if row.tracker == name and row.active]
        yield Cause(
            CauseId(CauseKind.TRACKER, name), outlook.now, Step.ERROR, len(rows), why=why, first=_rows(rows, {})
        )


def _stuck(outlook: Outlook) -> Iterator[Cause]:
    by_tracker: dict[str, list[Intent]] = {}
    for intent in outlook.unfinished:
        if outlook.now - intent.created_at > OUTBOX_OLD:
            by_tracker.setdefault(intent.tracker, []).append(intent)
    names = {row.id: row.name for row in outlook.records}
    for tracker, intents in by_tracker.items():
        oldest = nsmallest(TRACES_KEPT, intents, key=lambda intent: (intent.created_at, intent.key))
        yield Cause(
            CauseId(CauseKind.OUTBOX, tracker),
            oldest[0].created_at,
            Step.ERROR,
            len(intents),
            why=next((intent.error for intent in oldest if intent.error), ""),
            first=tuple(
                Trace(names.get(intent.incident_id) or intent.key, intent.kind.value, "waits", intent.created_at)
                for intent in oldest
            ),
        )


def _closed_by_automation(outlook: Outlook) -> Iterator[Cause]:
    by_tracker: dict[str, list[IncidentRecord]] = {}
    for row in outlook.records:
        if row.state is IncidentState.HELD and row.held_by is HeldBy.AUTOMATION:
            by_tracker.setdefault(row.tracker, []).append(row)
    for tracker, rows in by_tracker.items():
        closers = {outlook.tickets[row.key].closer for row in rows if row.key in outlook.tickets} - {""}
        yield Cause(
            CauseId(CauseKind.AUTOMATION, tracker),
            min(row.held_at or outlook.now for row in rows),
            Step.WARNING,
            len(rows),
            why=", ".join(sorted(closers)),
            first=_rows(rows, outlook.tickets),
        )


def _rows(rows: Iterable[IncidentRecord], tickets: Mapping[str, Ticket]) -> tuple[Trace, ...]:
    """Worst first, then soonest end first, as people look for them."""
    first = nsmallest(TRACES_KEPT, rows, key=lambda row: (-row.step, row.not_after or row.opened_at, row.key))
    return tuple(_row(row, tickets.get(row.key)) for row in first)


def _row(row: IncidentRecord, ticket: Ticket | None) -> Trace:
    closed = f"closed by {ticket.closer}" if ticket and ticket.closer else row.state.value
    return Trace(row.name or row.key, row.ticket.key if row.ticket else "no ticket yet", closed, row.held_at)
