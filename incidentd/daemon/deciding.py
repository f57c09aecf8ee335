"""Deciding: gathers the facts, lets the pure rooms decide, and turns their plan into rows and intents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from incidentd.daemon.clockwatch import ClockWatch, Reading, distrust_before_writing
from incidentd.daemon.installation import Installation
from incidentd.daemon.rows import Rows
from incidentd.daemon.tickets import Actual, read_tickets
from incidentd.model.assessment import Assessment
from incidentd.model.incident import Incident, IncidentRecord
from incidentd.model.inventory import Inventory
from incidentd.model.plan import ActionKind, Intent, IntentState, Plan
from incidentd.model.release import ANNOUNCES_WITHIN, Release, ReleaseTicket, Shipped
from incidentd.model.ticket import Ticket
from incidentd.planning.besides import besides, joined
from incidentd.planning.changes import shipped
from incidentd.planning.desire import desire
from incidentd.planning.diff import REOPENS_WITHIN, diff, worded
from incidentd.planning.facts import Facts
from incidentd.planning.guard import APPROVAL_LIVES, Circumstances, guard, standing
from incidentd.planning.moving import without_left
from incidentd.planning.noticing import closed_as_sent
from incidentd.store.interface import Store
from incidentd.trackers.interface import TellsChanges, TellsReleases

ON_PROOF = (ActionKind.CLOSE, ActionKind.MERGE)
"""What is not sent any more once the proof is gone that it was decided on."""
IN_FLIGHT = (IntentState.SENDING, IntentState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Decision:
    """A guarded plan with all that it was made from."""

    plan: Plan
    now: datetime
    inventory: Inventory
    assessments: Mapping[str, Assessment]
    records: tuple[IncidentRecord, ...]
    """The ledger's rows of certificates."""
    tickets: Mapping[str, Ticket]
    unfinished: tuple[Intent, ...]
    duplicates: Mapping[str, Sequence[Ticket]] = field(default_factory=dict)
    """By key, of each incident that has more than one ticket of ours that is open: all of them."""
    beside: tuple[IncidentRecord, ...] = ()
    """The ledger's rows of pages, and of tickets that incidents were moved away from."""
    told: tuple[IncidentRecord, ...] = ()
    """The ledger's rows of releases whose own tickets are told something."""
    own_records: tuple[IncidentRecord, ...] = ()
    """The ledger's rows of self-incidents, which this plan says nothing of."""
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    """Desired, by key."""
    distrust: str = ""
    problems: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Trackers that could not be read now: what people did there is not known yet."""
    hidden: tuple[str, ...] = ()
    """Trackers that keep our own tickets from us: nothing is created there until that is sorted out."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Trackers of which nothing could be read, and why."""

    @property
    def has_besides(self) -> bool:
        """Whether anything stands, or may stand, beside an incident's own ticket."""
        rows = any(row.active for row in self.beside)
        return rows or any(one.page or one.assessment.carrier for one in self.incidents.values())


@dataclass(frozen=True, slots=True)
class _Remembered:
    rows: Rows
    unfinished: tuple[Intent, ...]
    approved_at: Mapping[str, datetime]
    releases: tuple[Release, ...]


async def decide(installation: Installation, inventory: Inventory, watch: ClockWatch) -> Decision:
    """The plan for this moment. Reads trackers and state, writes nothing anywhere."""
    read = watch.read()
    now = read.now
    known = await installation.worker.run(lambda: _remembered(installation, now))
    rows = known.rows.latest
    actual = await read_tickets(installation, rows.values(), now)
    actual = replace(actual, tickets=closed_as_sent(actual.tickets, known.unfinished, rows.values()))
    approved = standing(known.approved_at, rows)
    # In a thread: a large fleet takes longer than a lease lasts, and the lease is renewed meanwhile.
    facts = await installation.worker.run(lambda: _facts(installation, inventory, known, actual, approved, now))
    plan = await installation.worker.run(lambda: diff(facts))
    plan, distrust = await _guarded(installation, watch, read, plan, facts, known, approved)
    return Decision(
        plan=await installation.worker.run(lambda: worded(plan, facts)),
        now=now,
        inventory=inventory,
        assessments=facts.assessments,
        records=known.rows.of_certificates,
        tickets=actual.tickets,
        unfinished=known.unfinished,
        duplicates=actual.duplicates,
        beside=known.rows.beside,
        told=known.rows.told,
        own_records=known.rows.own,
        incidents=facts.incidents,
        distrust=distrust,
        problems=actual.problems,
        unreadable=actual.unreadable,
        hidden=actual.hidden,
        unread=actual.unread,
    )


async def is_outdated(installation: Installation, decision: Decision, waiting: Iterable[Intent]) -> bool:
    """True where a closing waits to be sent, and something was swept since it was decided: its proof may be gone."""
    if all(intent.kind not in ON_PROOF for intent in waiting):
        return False
    inventory = await installation.worker.run(installation.store.inventory)
    return inventory.sweeps != decision.inventory.sweeps


async def _guarded(
    installation: Installation,
    watch: ClockWatch,
    read: Reading,
    plan: Plan,
    facts: Facts,
    known: _Remembered,
    approved: frozenset[str],
) -> tuple[Plan, str]:
    """The guarded plan with what follows from it for pages and tickets that were left; and why no clock is believed.

    Pages have rates of their own: each is one more ticket, and none a new incident.
    """
    distrust = await distrust_before_writing(installation, watch, (action.tracker for action in plan.actions), read)
    circumstances = Circumstances(
        facts.now, installation.limits, known.rows.of_certificates, approved, known.approved_at, distrust
    )
    guarded = guard(plan, circumstances)
    beside = besides(guarded, facts, installation.instance)
    if beside.actions and not distrust:
        distrust = await distrust_before_writing(
            installation, watch, (action.tracker for action in beside.actions), read
        )
        if distrust:
            circumstances = replace(circumstances, clock_distrusted=distrust)
            guarded = guard(plan, circumstances)
    return joined(guarded, guard(beside, replace(circumstances, records=known.rows.beside))), distrust


def _facts(
    installation: Installation,
    inventory: Inventory,
    known: _Remembered,
    actual: Actual,
    approved: frozenset[str],
    now: datetime,
) -> Facts:
    rows, beside = known.rows.latest_of_certificates, known.rows.latest_beside
    believed = {row.fingerprint for row in rows.values() if row.key in approved}
    assessed = installation.judgements.assess_all(inventory, installation.policy, now, believed, known.releases)
    return Facts(
        now=now,
        inventory=inventory,
        assessments=assessed.every,
        incidents=desire(
            assessed.wanting.values(),
            inventory.certificates,
            rows,
            installation.instance,
            installation.routing,
            beside,
            installation.resting,
        ),
        records=rows,
        beside=beside,
        tickets=actual.tickets,
        duplicates=without_left(actual.duplicates, beside),
        in_flight=frozenset(intent.key for intent in known.unfinished if intent.state in IN_FLIGHT),
        stuck=stuck_merges(known.unfinished),
        blind_after=installation.policy.blind_after,
        release_tickets=_release_tickets(installation, known.releases),
        shipped=_shipped(installation, inventory, known, now),
        told=known.rows.latest_told,
        edits_release_tickets=installation.edits_release_tickets,
        sayings=installation.sayings,
        resting=installation.resting,
    )


def _release_tickets(installation: Installation, releases: Iterable[Release]) -> dict[str, ReleaseTicket]:
    """Those that can be told something, each with the trackers that have tickets of such names."""
    named = {release.id: release.ticket for release in releases if release.ticket and release.brings}
    tellers = {name: one for name, one in installation.trackers.items() if isinstance(one, TellsReleases)}
    found = {id: tuple(name for name, one in tellers.items() if one.holds(ticket)) for id, ticket in named.items()}
    return {id: ReleaseTicket(named[id], names) for id, names in found.items() if names}


def _shipped(
    installation: Installation, inventory: Inventory, known: _Remembered, now: datetime
) -> tuple[Shipped, ...]:
    """What is news to the timelines of those trackers that have one."""
    changers = [name for name, one in installation.trackers.items() if isinstance(one, TellsChanges)]
    return shipped(
        known.releases, (*known.rows.of_certificates, *known.rows.beside), inventory.certificates, changers, now
    )


def stuck_merges(unfinished: Iterable[Intent]) -> frozenset[str]:
    """The keys of merges that were tried, and are not done."""
    return frozenset(intent.key for intent in unfinished if intent.kind is ActionKind.MERGE and intent.attempts)


def _remembered(installation: Installation, now: datetime) -> _Remembered:
    store = installation.store
    records, unfinished = store.records(now - REOPENS_WITHIN), store.unfinished()
    # One that was given under a clock that ran ahead would live on until the clock has come up to it.
    given = (one for one in store.approvals(now - APPROVAL_LIVES) if one.approved_at < now + APPROVAL_LIVES)
    approvals = sorted(given, key=lambda approval: approval.approved_at)
    return _Remembered(
        rows=installation.rows.sorted((*_forgotten(store, unfinished, records), *records)),
        unfinished=unfinished,
        releases=store.releases(now - ANNOUNCES_WITHIN),
        approved_at={key: approval.approved_at for approval in approvals for key in approval.keys},
    )


def _forgotten(
    store: Store, unfinished: Iterable[Intent], records: Iterable[IncidentRecord]
) -> Iterable[IncidentRecord]:
    """Rows closed too long ago to be reopened, of which something still waits to be sent: it is no longer wanted."""
    known = {record.id for record in records}
    lost = dict.fromkeys(intent.incident_id for intent in unfinished if intent.incident_id not in known)
    return [store.row(id) for id in lost]
