"""Looks: what one more look, absence or gap does to a member's runs. A gap neither counts nor breaks a run."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from incidentd.model.inventory import Member, Run
from incidentd.model.observation import Absence, Gap, Observation

RECENT_RUNS = 48
OLDER_RUNS = 80
"""Beside the recent runs, this many older ones are kept, each the last that showed its chain. There is a limit only
for servers that make a certificate for each handshake: what was looked at longest outlasts those."""


def after_observations(
    member: Member | None, address: str, seen: Sequence[Observation], sweep_started_at: datetime
) -> tuple[Member, bool]:
    """The member after the handshakes of one sweep, in their order, and whether anything is new.

    Handshakes of one sweep that agree are one look. Seen the same again counts as looked at when the sweep began: at
    that instant or later it was so, and no row has to be written to say it.
    """
    shown = sorted(((tuple(c.fingerprint for c in o.chain), o.at) for o in seen), key=lambda look: (look[1], look[0]))
    runs = list(member.runs) if member else []
    steady = member is not None and member.unseen_since is None and all(chain == runs[-1].chain for chain, _ in shown)
    if steady and member is not None:
        return _with_current(member, _again(runs[-1], sweep_started_at)), False
    grown = False
    for chain, at in shown:
        if not runs or runs[-1].chain != chain:
            runs.append(Run(chain, at, at, 1))
            grown = True
        elif not grown:
            runs[-1] = _again(runs[-1], at)
            grown = True
        else:
            runs[-1] = replace(runs[-1], last_at=at)
    return Member(address, pruned(runs)), True


def after_absence(member: Member, absence: Absence, suspect: bool, sweep_started_at: datetime) -> tuple[Member, bool]:
    """The member after a sweep that looked, completely, and found nothing there."""
    current = member.current
    if current.absence is absence.kind and current.suspect == suspect:
        steady = member.unseen_since is None
        again = _again(current, sweep_started_at if steady else absence.at)
        return replace(_with_current(member, again), unseen_since=None, unseen_reason=None, unseen_text=""), not steady
    gone = Run((), absence.at, absence.at, 1, absence.kind, suspect)
    return Member(member.address, pruned([*member.runs, gone])), True


def after_gap(member: Member, gap: Gap) -> tuple[Member, bool]:
    """The member after a look that could not be had: only the beginning of a gap is news."""
    if member.unseen_since is not None:
        return member, False
    return replace(member, unseen_since=gap.at, unseen_reason=gap.reason, unseen_text=gap.text), True


def pruned(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The recent runs, and of the older ones the last of each chain, so that what was shown is not forgotten."""
    recent = tuple(runs[-RECENT_RUNS:])
    older: dict[tuple[str, ...], Run] = {}
    for run in runs[:-RECENT_RUNS]:
        older.pop(run.chain, None)
        older[run.chain] = run
    shown = {run.chain for run in recent}
    kept = [run for chain, run in older.items() if chain not in shown]
    longest = sorted(range(len(kept)), key=lambda index: (kept[index].looks, index))[-OLDER_RUNS:]
    return (*(kept[index] for index in sorted(longest)), *recent)


def _again(run: Run, at: datetime) -> Run:
    return replace(run, looks=run.looks + 1, last_at=max(run.last_at, at))


def _with_current(member: Member, run: Run) -> Member:
    return replace(member, runs=(*member.runs[:-1], run))
