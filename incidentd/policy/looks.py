"""Looks: what one more look, absence or gap does to a member's runs. A gap neither counts nor breaks a run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from incidentd.model.inventory import Member, Run, Word
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation

RECENT_RUNS = 48
OLDER_RUNS = 80
"""Beside the recent runs, this many older ones are kept, each the last that showed its chain. There is a limit only
for servers that make a certificate for each handshake: what was looked at longest outlasts those."""

AHEAD = timedelta(hours=1)
"""A look that is dated further back than this from the last one was had under another clock, and one of both is wrong.
Nobody knows which: so a run begins anew there, and what was dated before stays, to tell the leap when it is over."""

_What = tuple[tuple[str, ...], tuple[int, ...]]
"""What was shown: the chain, and where in it others begin."""

_ABOUT_ITSELF = frozenset(GapReason) - {GapReason.SOURCE_FAILED, GapReason.NOT_LOOKED_AT}
_ANSWERS = frozenset({GapReason.TORN, GapReason.UNREADABLE, GapReason.TOO_LARGE, GapReason.NO_CERTIFICATE})
_MAY_BE_THERE = _ANSWERS | {GapReason.PERMISSION, GapReason.STARTTLS_REFUSED}
_IS_BACK = {
    AbsenceKind.REMOVED: _ANSWERS | {GapReason.PERMISSION},
    AbsenceKind.UNRESOLVED_ADDRESS: _ABOUT_ITSELF - {GapReason.UNRESOLVED},
    AbsenceKind.UNCONFIGURED: _ABOUT_ITSELF,
    AbsenceKind.SAID: frozenset(),
}
"""Gaps that tell of something that was absent that it is there again, and cannot be seen. They end a person's word, so
that none of them ever stands against one."""


def cut(member: Member) -> Member:
    """The member as the clock is set: the next look begins another run, whatever it shows."""
    return _with_current(member, replace(member.current, cut=True))


def after_observations(
    member: Member | None, address: str, seen: Sequence[Observation], sweep_started_at: datetime
) -> tuple[Member, bool]:
    """The member after the handshakes of one sweep, in their order, and whether anything is new.

    Handshakes of one sweep that agree are one look. Seen the same again counts as looked at when the sweep began: at
    that instant or later it was so, and no row has to be written to say it.
    """
    member, righted = _righted(member, sweep_started_at) if member else (None, False)
    runs = list(member.runs) if member else []
    looked_at = [run for run in runs[-2:] if run.word is None]
    shown = sorted(((_shown(o, looked_at[-1:]), o.at) for o in seen), key=lambda look: (look[1], look[0]))
    steady = member is not None and member.unseen_since is None and all(what == _what(runs[-1]) for what, _ in shown)
    if steady and member is not None and not _turned_back(runs[-1], sweep_started_at):
        as_it_was = sweep_started_at >= runs[-1].last_at and runs[-1].share is None
        return _with_current(member, _again(runs[-1], sweep_started_at)), righted or not as_it_was
    return Member(address, pruned(_gone_on(runs, shown))), True


def _gone_on(runs: Sequence[Run], shown: Sequence[tuple[_What, datetime]]) -> list[Run]:
    """The runs with one look more, by handshakes that may not agree: then each says how many showed it."""
    after, counts = list(runs), Counter(what for what, _ in shown)
    grown = False
    for what, at in shown:
        share = (counts[what], len(shown)) if len(counts) > 1 else None
        if not after or _what(after[-1]) != what or _turned_back(after[-1], at):
            chain, others = what
            after.append(Run(chain, at, at, 1, others=others, share=share))
            grown = True
        elif not grown:
            after[-1] = _again(after[-1], at, share)
            grown = True
        else:
            after[-1] = replace(after[-1], last_at=max(after[-1].last_at, at))
    return after


def after_absence(member: Member, absence: Absence, suspect: bool, sweep_started_at: datetime) -> tuple[Member, bool]:
    """The member after a sweep that looked, completely, and found nothing there. To a person's word it adds nothing."""
    member, righted = _righted(member, sweep_started_at)
    current = member.current
    same = current.absence is absence.kind and current.suspect == suspect and not is_back_unseen(member)
    if current.word is not None or (same and not _turned_back(current, sweep_started_at)):
        steady = member.unseen_since is None and sweep_started_at >= current.last_at
        again = _again(current, sweep_started_at if member.unseen_since is None else absence.at)
        after = replace(_with_current(member, again), unseen_since=None, unseen_reason=None, unseen_text="")
        return after, righted or not steady
    gone = Run((), absence.at, absence.at, 1, absence.kind, suspect)
    # It was there in between, so that what proved its absence before counts no longer.
    before = member.runs[:-1] if is_back_unseen(member) and current.absence is absence.kind else member.runs
    return Member(member.address, pruned([*before, gone])), True


def after_gap(member: Member, gap: Gap) -> tuple[Member, bool]:
    """The member after a look that could not be had: only the beginning of a gap is news, and that something is there.

    That ends a person's word that it is gone, as if it had not been said.
    """
    word_is_over = member.current.word is not None and may_be_there(gap.reason)
    if word_is_over:
        member = replace(member, runs=member.runs[:-1])
    unseen = replace(member, unseen_since=member.unseen_since or gap.at, unseen_reason=gap.reason, unseen_text=gap.text)
    is_back = is_back_unseen(unseen) and not is_back_unseen(member)
    if member.unseen_since is None or word_is_over or is_back or _tells_otherwise(member, gap):
        return unseen, True
    return member, False


def may_be_there(reason: GapReason | None) -> bool:
    """True for a gap that tells that something is there, though it cannot be seen."""
    return reason in _MAY_BE_THERE


def said_gone(member: Member, word: Word, at: datetime) -> Member:
    """The member after a person's word: no look, and nothing but a look ends it."""
    return replace(member, runs=pruned([*member.runs, Run((), at, at, 1, AbsenceKind.SAID, word=word)]))


def _tells_otherwise(member: Member, gap: Gap) -> bool:
    """True when what cannot be seen begins to answer, or ends to: whether a person may call it gone depends on it."""
    if member.current.absence is not None or gap.reason not in _ABOUT_ITSELF:
        return False
    return may_be_there(gap.reason) != may_be_there(member.unseen_reason)


def is_back_unseen(member: Member) -> bool:
    """True for what was absent, and is there again in a way in which it cannot be seen: nobody knows what it is now."""
    kind, reason = member.current.absence, member.unseen_reason
    return kind is not None and reason is not None and reason in _IS_BACK[kind]


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


def _shown(seen: Observation, before: Sequence[Run]) -> _What:
    """The chain. An object that merely lacks something, and has a part that could not be read, may hold it there.

    Then it counts as showing what it showed before. Of an address, what clients get is what there is.
    """
    chain = tuple(certificate.fingerprint for certificate in seen.chain)
    may_hold_more = seen.unread and not seen.member
    held = (_what(run) for run in before if may_hold_more and set(chain) < set(run.chain))
    return next(held, (chain, seen.others))


def _what(run: Run) -> _What:
    return run.chain, run.others


def _turned_back(run: Run, at: datetime) -> bool:
    return run.cut or run.last_at - at > AHEAD


def _righted(member: Member, at: datetime) -> tuple[Member, bool]:
    """The member with the looks that were dated under a clock that was behind moved up to now, and whether any were.

    They lie before a look that was had earlier. How far apart they were stays true, as far as that look is past; how
    long ago they were is not known: the leap of the clock is no time that passed. A look that lies ahead may be the one
    that is wrong: it tells nothing yet.
    """
    last_at, leap = member.current.last_at, at - member.current.last_at
    dates = [(date, index) for index, run in enumerate(member.runs) for date in (run.first_at, run.last_at)]
    latest, index = max((known for known in dates if known[0] <= at), default=(last_at, 0))
    if last_at >= latest:
        return member, False
    moved = (_moved(run, leap, latest) if run.last_at < latest else run for run in member.runs[index + 1 :])
    return replace(member, runs=(*member.runs[: index + 1], *moved)), True


def _moved(run: Run, leap: timedelta, after: datetime) -> Run:
    return replace(run, first_at=max(run.first_at + leap, after), last_at=max(run.last_at + leap, after))


def _again(run: Run, at: datetime, share: tuple[int, int] | None = None) -> Run:
    return replace(run, looks=run.looks + 1, last_at=max(run.last_at, at), share=share)


def _with_current(member: Member, run: Run) -> Member:
    return replace(member, runs=(*member.runs[:-1], run))
