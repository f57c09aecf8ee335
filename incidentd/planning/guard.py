"""Guard: what refuses or slows an unsafe plan. What it holds is visible, with its ground, until a person approves."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import Action, ActionKind, Held, Hold, Plan
from incidentd.model.policy import GuardLimits
from incidentd.planning.brake import braked
from incidentd.planning.closing import begun_at

APPROVAL_LIVES = timedelta(hours=24)
HASH_HEX = 16
ORDER = {
    ActionKind.OPEN: 0,
    ActionKind.REOPEN: 0,
    ActionKind.UPDATE: 1,
    ActionKind.COMMENT: 1,
    ActionKind.TELL: 1,
    ActionKind.CHANGE: 1,
    ActionKind.MERGE: 2,
    ActionKind.CLOSE: 3,
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the guard looks at beside the plan."""

    now: datetime
    limits: GuardLimits
    records: Sequence[IncidentRecord]
    """The ledger's rows: the active ones, and those closed lately."""
    approved: Collection[str] = frozenset()
    """Keys of incidents that a person let through within the last 24 hours: see `standing`."""
    let_through: Collection[str] = frozenset()
    """Keys that a person let through so lately, opened by now or not: they take nobody's room."""
    clock_distrusted: str = ""
    """Why the clock is not believed in this pass; empty when it is."""


def guard(plan: Plan, circumstances: Circumstances) -> Plan:
    """The plan with its unsafe actions held, the rest in the order in which it is to be sent.

    Under a clock that is not believed nothing is noticed either: it would be noted with a wrong time.
    """
    ordered = in_turn(plan.actions)
    holds = _holds([*ordered, *sorted(plan.endings, key=_order)], circumstances)
    kept = tuple(action for action in ordered if id(action) not in holds)
    ended = [ending.record for ending in plan.endings if ending.record and id(ending) not in holds]
    records = () if circumstances.clock_distrusted else (*plan.records, *ended)
    return replace(plan, actions=kept, held=tuple(holds.values()), records=records, endings=())


def in_turn(actions: Iterable[Action]) -> tuple[Action, ...]:
    """In the order in which they are sent: opens before updates before closes, soonest expiry first."""
    return tuple(sorted(actions, key=_order))


def standing(approved_at: Mapping[str, datetime], records: Mapping[str, IncidentRecord]) -> frozenset[str]:
    """The keys of which an approval still stands, of what was approved when.

    What let an incident open does not let it close: an approval ends with the opening that followed it.
    """
    return frozenset(key for key, at in approved_at.items() if key not in records or at > begun_at(records[key]))


def plan_hash(plan: Plan) -> str:
    """Names what is held: it covers the keys of the held actions only, and stays while they stay."""
    keys = sorted({held.action.key for held in plan.held})
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:HASH_HEX]


def _order(action: Action) -> tuple[int, datetime, str]:
    return ORDER[action.kind], action.ends_at, action.key


def _holds(actions: Sequence[Action], circumstances: Circumstances) -> dict[int, Held]:
    if circumstances.clock_distrusted:
        text = f"the clock is not believed: {circumstances.clock_distrusted}"
        return {id(action): Held(action, Hold.CLOCK_DISTRUSTED, text) for action in actions}
    free = [action for action in actions if action.key not in circumstances.approved]
    by_themselves = [record for record in circumstances.records if record.key not in circumstances.let_through]
    flood = braked(free, by_themselves, circumstances.limits, circumstances.now)
    held_back = (Held(action, Hold.OPEN_RATE, text) for action, text in flood)
    return {id(held.action): held for held in (*_suspect(free), *_removals(free, circumstances), *held_back)}


def _suspect(actions: Iterable[Action]) -> Iterable[Held]:
    text = "a folder or source lost so much at once that its removals are not believed without approval"
    return (Held(action, Hold.SUSPECT_SOURCE, text) for action in actions if action.suspect)


def _removals(actions: Iterable[Action], circumstances: Circumstances) -> Iterable[Held]:
    """Closings with served proof are never held; too many others in one pass are, whatever they rest on."""
    removals = [action for action in actions if action.removal and not action.suspect]
    if not removals:
        return []
    active = sum(record.active for record in circumstances.records)
    allowed = max(circumstances.limits.removals_free, int(active * circumstances.limits.close_share))
    if len(removals) <= allowed:
        return []
    text = (
        f"{len(removals)} of {active} open incidents would end in one pass without a successor: "
        f"by removals, or by the configuration. At most {allowed} do so by themselves"
    )
    return [Held(action, Hold.REMOVAL_SHARE, text) for action in removals]
