"""Lasting: when a cause is told, and when it is over. What comes and goes is one trouble, told once and ended once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from incidentd.model.blindness import Cause, CauseId, CauseKind, Judged, Remembered
from incidentd.policy.blindness import OUTBOX_OLD, Outlook, blind_gaps, causes, is_late

TOLD_AFTER = {CauseKind.TRACKER: OUTBOX_OLD}
"""How long a cause must have been known before it is told; the others wait by themselves, or are told at once."""
QUIET_SWEEPS = 3
"""What a source was blind to is over once so many of its intervals have gone by without it."""
QUIET = timedelta(minutes=15)
"""The same for what is no source's."""
_OF_SOURCES = (CauseKind.SOURCE, CauseKind.STALLED, CauseKind.BLIND)


def judge(outlook: Outlook, memory: Iterable[Remembered]) -> Judged:
    """All causes at this instant, by what is seen now and what is remembered."""
    blind = blind_gaps(outlook.inventory, outlook.policy, outlook.now)
    before = {one.id: _not_ahead(one, outlook.now) for one in memory}
    found = {cause.id: _since_it_began(cause, before) for cause in causes(outlook, blind)}
    told = {id: cause for id, cause in found.items() if _is_told(cause, outlook.now)}
    gone = {id: _gone(one, told, outlook) for id, one in before.items() if id not in found}
    known = {**gone, **{id: Remembered(id.kind, id.subject, cause.since) for id, cause in found.items()}}
    over = {id: one.gone_since for id, one in gone.items() if one.gone_since and _is_over(one, outlook)}
    return Judged(
        holding=tuple(told[id] for id in sorted(told) if not _is_the_trackers(id, told)),
        lasting=frozenset(known.keys() - over.keys()),
        ended=over,
        memory=tuple(known[id] for id in sorted(known) if id not in over),
        blind_places=sum(map(len, blind.values())),
    )


def why_incomplete(judged: Judged, outlook: Outlook, distrust: str) -> str:
    """Why this was no complete pass, in words; empty when it was one. Only a complete pass has a heartbeat.

    Complete: the clock is believed; each source's last sweep ended in time and did not fail as a whole; none hangs; no
    tracker has been unreadable, and nothing has been waiting in the outbox, for longer than 15 minutes.
    """
    if distrust:
        return f"the clock is not believed: {distrust}"
    silencing = [cause.id for cause in judged.holding if cause.id.kind in _SILENCING]
    if silencing:
        return ", ".join(map(str, silencing))
    sweeps = outlook.inventory.sweeps
    swept_here = {name: every for name, every in outlook.intervals.items() if name not in outlook.pushed}
    late = [name for name, every in swept_here.items() if is_late(sweeps.get(name), every, outlook.now)]
    return f"not swept lately: {', '.join(sorted(late))}" if late else ""


_SILENCING = (CauseKind.SOURCE, CauseKind.STALLED, CauseKind.TRACKER, CauseKind.OUTBOX)


def _not_ahead(one: Remembered, now: datetime) -> Remembered:
    """A time that lies ahead was written under a clock that was wrong, and counts as now."""
    gone_since = min(one.gone_since, now) if one.gone_since else None
    return replace(one, since=min(one.since, now), gone_since=gone_since)


def _since_it_began(cause: Cause, before: Mapping[CauseId, Remembered]) -> Cause:
    """Since its first sign, also where it came and went meanwhile."""
    known = before.get(cause.id)
    return replace(cause, since=min(known.since, cause.since)) if known else cause


def _is_told(cause: Cause, now: datetime) -> bool:
    return now - cause.since >= TOLD_AFTER.get(cause.id.kind, timedelta(0))


def _is_the_trackers(id: CauseId, told: Collection[CauseId]) -> bool:
    """What cannot be delivered to a tracker that cannot be read either is one trouble."""
    return id.kind is CauseKind.OUTBOX and CauseId(CauseKind.TRACKER, id.subject) in told


def _gone(one: Remembered, told: Collection[CauseId], outlook: Outlook) -> Remembered:
    """It is not found any more, which says something only where it would have been."""
    if _is_of_others(one.id, outlook):
        return one
    judged = _can_be_judged(one.id, told, outlook)
    return replace(one, gone_since=(one.gone_since or outlook.now) if judged else None)


def _can_be_judged(id: CauseId, told: Collection[CauseId], outlook: Outlook) -> bool:
    """What a source that fails or stalls cannot see is not seen again; only a loop knows that a sweep does not hang."""
    if id.kind is CauseKind.BLIND:
        return not {CauseId(CauseKind.SOURCE, id.subject), CauseId(CauseKind.STALLED, id.subject)} & set(told)
    return id.kind is not CauseKind.STALLED or outlook.signs is not None


def _is_over(one: Remembered, outlook: Outlook) -> bool:
    """At once where its source left the configuration, which is deliberate; what others judge is theirs to end."""
    if _is_of_others(one.id, outlook):
        return False
    quiet = QUIET_SWEEPS * outlook.intervals.get(one.subject, timedelta(0)) if one.kind in _OF_SOURCES else QUIET
    return outlook.now - (one.gone_since or outlook.now) >= quiet


def _is_of_others(id: CauseId, outlook: Outlook) -> bool:
    return id.kind in _OF_SOURCES and id.subject in outlook.others
