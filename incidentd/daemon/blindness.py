"""Blindness in life: at the end of each reconcile incidentd judges its own sight, and says what it is blind to.

It comes last, after everything that could be delivered was: only what is stuck then is stuck.
"""

from dataclasses import dataclass, field

from incidentd.daemon.clockwatch import ClockWatch, distrust_before_writing
from incidentd.daemon.deciding import IN_FLIGHT, Decision, stuck_merges
from incidentd.daemon.installation import Installation, pushed_sources
from incidentd.daemon.leases import HeldLease
from incidentd.daemon.rounds import swept_by_others
from incidentd.daemon.rows import latest_by_key
from incidentd.model.blindness import CauseKind, Judged, Remembered, Signs
from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import Intent, Plan
from incidentd.planning.commitment import commitments
from incidentd.planning.diff import REOPENS_WITHIN
from incidentd.planning.self_incidents import SelfFacts, held_for_distrust, self_plan
from incidentd.planning.self_wording import told_of
from incidentd.policy.blindness import Outlook
from incidentd.policy.lasting import judge, why_incomplete
from incidentd.store.interface import Decided

UNSAID = (CauseKind.BLIND, CauseKind.STALLED, CauseKind.AUTOMATION)


@dataclass(frozen=True, slots=True)
class OwnSight:
    """What incidentd thinks of itself at the end of a pass."""

    judged: Judged = field(default_factory=Judged)
    plan: Plan = field(default_factory=Plan)
    """What is to be said of it in `self_tracker`."""
    rows: tuple[IncidentRecord, ...] = ()
    """The ledger's rows of self-incidents that it was made from."""
    before: tuple[Remembered, ...] = ()
    distrust: str = ""
    """Why the clock is not believed; empty when it is."""
    incomplete: str = ""
    """Why this was no complete pass; empty when it was one, and the heartbeat is called."""

    @property
    def unsaid(self) -> list[str]:
        """The causes that nothing else says: a failing source, a tracker and the outbox speak for themselves."""
        return [told_of(cause) for cause in self.judged.holding if cause.id.kind in UNSAID]


async def look_at_oneself(
    installation: Installation,
    decision: Decision,
    unfinished: tuple[Intent, ...],
    watch: ClockWatch,
    signs: Signs | None = None,
) -> OwnSight:
    """The causes that hold, and the plan for self-incidents. Reads, writes nothing. Raises StoreError."""
    read = watch.read()
    now = read.now
    before = await installation.worker.run(installation.store.causes)
    rows = await own_rows(installation, decision)
    noticed = {row.id: row for row in (*decision.records, *decision.beside, *decision.plan.records)}
    outlook = Outlook(
        now,
        decision.inventory,
        installation.policy,
        installation.intervals,
        unfinished,
        tuple(noticed.values()),
        decision.tickets,
        decision.unread,
        signs,
        pushed_sources(installation).keys(),
        await swept_by_others(installation),
    )
    judged = await installation.worker.run(lambda: judge(outlook, before))
    facts = SelfFacts(
        now,
        installation.instance,
        installation.self_tracker,
        judged,
        latest_by_key(rows),
        decision.tickets,
        decision.duplicates,
        frozenset(intent.key for intent in unfinished if intent.state in IN_FLIGHT),
        stuck_merges(unfinished),
        installation.policy.blind_after,
    )
    plan = self_plan(facts)
    written_to = (action.tracker for action in plan.actions)
    distrust = decision.distrust or await distrust_before_writing(installation, watch, written_to, read)
    plan = held_for_distrust(plan, distrust) if distrust else plan
    return OwnSight(judged, plan, rows, before, distrust, why_incomplete(judged, outlook, distrust))


async def own_rows(installation: Installation, decision: Decision) -> tuple[IncidentRecord, ...]:
    """The ledger's rows of self-incidents as they are now: what was waiting to be sent may have been, meanwhile."""
    if not any(intent.of_itself for intent in decision.unfinished):
        return decision.own_records
    after = decision.now - REOPENS_WITHIN
    rows = await installation.worker.run(lambda: installation.store.records(after))
    return tuple(row for row in rows if row.of_itself)


async def remember_and_commit(
    installation: Installation, held: HeldLease, own: OwnSight, unfinished: tuple[Intent, ...]
) -> None:
    """What is to be known in the next pass, and what is to be sent. Nothing is noted under a wrong clock.

    Raises StoreError.
    """
    store, now = installation.store, installation.clock.now()
    if not own.distrust and own.judged.memory != own.before:
        await held.ensure()
        await installation.worker.run(lambda: store.remember_causes(own.judged.memory, held.lease, now))
    if installation.observes_only:
        return
    records = {row.id: row for row in own.rows}
    made = commitments(own.plan, records, unfinished, now)
    if made:
        decided = [Decided(one.record, one.intent, one.events, one.drop_intent) for one in made]
        await held.ensure()
        await installation.worker.run(lambda: store.commit(decided, held.lease, now))
