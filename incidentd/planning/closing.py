"""Closing: when a row may end, and the words it ends with. No closing without proof, and the note is the proof."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from incidentd.model.assessment import Assessment, MemberFinding, PlaceFinding, PlaceStatus, Reason, Stage
from incidentd.model.incident import IncidentRecord
from incidentd.model.inventory import Inventory, Word
from incidentd.model.ticket import Comment
from incidentd.planning.evidence import in_order
from incidentd.planning.phrases import ago, counted, instant, listed, short
from incidentd.planning.sanitize import REASON_CHARACTERS, sanitize

OUT_OF_SCOPE = {
    Reason.NON_PRODUCTION: "all its places are labelled as not production",
    Reason.EXEMPT_BY_POLICY: "the policy lists it as exempt",
    Reason.EXEMPT_BY_ANNOTATION: "annotations at all its places ask to ignore it for now",
    Reason.RENEWED_BY_AUTOMATION: "there is proof that automation renews it",
    Reason.NOT_YET_DUE: "under the policy as it is now, it is not due yet",
    Reason.TRUST_BUNDLE: "it stands in a trust bundle only",
    Reason.CA_LEFT_BEHIND: "every certificate that hangs on it ends before it does",
}
_LEAVING = (PlaceStatus.REPLACING, PlaceStatus.LEAVING)
PROVEN, RETIRED = "closed", "retired"
"""How the ids of closing notes begin: on looks alone, or also on a person's word that something is gone."""
FLAPPING_AFTER = 2
"""From this many reopenings on, closing is damped."""
FLAPPING_QUIET = timedelta(days=7)


def may_close(assessment: Assessment, record: IncidentRecord, now: datetime) -> bool:
    """True with proof at every place, or when the policy as it is now wants no incident. Never for want of evidence."""
    if assessment.stage is Stage.SETTLED:
        return not _flaps(assessment, record, now)
    reason = assessment.reasons[0] if assessment.reasons else None
    return reason in OUT_OF_SCOPE and _policy_changed(assessment, record)


def unreplaced(assessment: Assessment) -> bool:
    """True unless successors are the proof, so that the guard's share applies: a removal, or another configuration.

    An address that left a place whose other addresses are proven is no removal: only a whole place is.
    """
    if assessment.stage is not Stage.SETTLED:
        return True
    return any(finding.blocks and finding.status is PlaceStatus.RETIRED for finding in assessment.findings)


def under_way(assessment: Assessment) -> bool:
    """True when every blocking place was seen without it, and only the rest of the proof is still to come.

    What is unseen now says nothing: it may stay so.
    """
    places = [finding for finding in assessment.findings if finding.blocks]
    members = [member for finding in places for member in finding.members]
    return (
        bool(places)
        and all(finding.status in _LEAVING or finding.status.settled for finding in places)
        and all(member.unseen_since is None for member in members)
    )


def sent_id(record: IncidentRecord) -> str:
    """In a row's `told`: in this life of it a closing was sent, and given up before it was known to be done."""
    return f"closing_sent:{record.reopenings}"


def begun_at(record: IncidentRecord) -> datetime:
    """When it was opened, or opened again."""
    return max(record.opened_at, record.reopened_at or record.opened_at)


def note(assessment: Assessment, record: IncidentRecord, inventory: Inventory, now: datetime) -> Comment:
    """The closing note, said once in each life of the incident."""
    opened = f"Opened {instant(record.opened_at)}."
    if not _on_proof(assessment):
        text = f"Out of scope: {ended_quietly(assessment)}. The certificate may still be in place. {opened}"
        return Comment(f"out_of_scope:{record.reopenings}", text)
    told = (
        *_settled_words(assessment, inventory),
        opened,
        _first_seen(assessment, inventory),
        _to_spare(record, assessment, now),
        _leftovers(assessment),
        "Reopens by itself if the certificate is seen in place again within 14 days.",
    )
    kind = RETIRED if any(member.word for member in _blocking_members(assessment)) else PROVEN
    return Comment(f"{kind}:{record.reopenings}", " ".join(filter(None, told)))


def proven_id(record: IncidentRecord) -> str:
    """Of the note that closed this life of an incident on looks alone, and on nobody's word."""
    return f"{PROVEN}:{record.reopenings}"


def ended_quietly(assessment: Assessment) -> str:
    """Why a row ended that needed no call."""
    return "settled" if assessment.stage is Stage.SETTLED else OUT_OF_SCOPE.get(assessment.reasons[0], "out of scope")


def _on_proof(assessment: Assessment) -> bool:
    return assessment.stage is Stage.SETTLED or assessment.suspect


def _settled_words(assessment: Assessment, inventory: Inventory) -> list[str]:
    members = _blocking_members(assessment)
    replaced = [member for member in members if member.status is PlaceStatus.REPLACED]
    retired = [member for member in members if member.removed and member.word is None]
    words = []
    if replaced:
        words.append(_replaced_words(replaced, len(members), assessment, inventory))
    if retired:
        gone = max(member.last_at for member in retired if member.last_at)
        where = f"{len(retired)} of {counted(len(members), 'place')}"
        words.append(f"Retired: removed from {where}, last looked at {instant(gone)}.")
    return [*words, *_said_words(members)]


def _said_words(members: list[MemberFinding]) -> Iterator[str]:
    """Whoever said that something is gone, each once."""
    said: dict[Word, list[MemberFinding]] = {}
    for member in members:
        if member.word is not None:
            said.setdefault(member.word, []).append(member)
    for word, gone in said.items():
        when = min(member.first_at for member in gone if member.first_at)
        by, reason = sanitize(word.by), sanitize(word.reason, REASON_CHARACTERS).rstrip(".")
        yield f"Retired by {by} on {instant(when)}, {len(gone)} of {counted(len(members), 'place')}: {reason}."


def _leftovers(assessment: Assessment) -> str:
    left = [finding for finding in in_order(assessment.findings) if not finding.blocks and not finding.status.settled]
    if not left:
        return ""
    places = listed([sanitize(finding.location.uri) for finding in left], 5)
    return f"Old copy still stored, not served: {places} (a deployment from there would bring it back)."


def _first_seen(assessment: Assessment, inventory: Inventory) -> str:
    """When a new certificate was first seen anywhere, in a store or served."""
    replaced = (member for member in _blocking_members(assessment) if member.status is PlaceStatus.REPLACED)
    seen = [at for member in replaced if (at := inventory.first_seen.get(member.successor or "")) is not None]
    return f"New certificate first seen {instant(min(seen))}." if seen else ""


def _replaced_words(replaced: list[MemberFinding], of: int, assessment: Assessment, inventory: Inventory) -> str:
    successors = sorted({member.successor for member in replaced if member.successor})
    told = listed([_successor(fp, inventory) for fp in successors], 3)
    first = min(member.first_at for member in replaced if member.first_at)
    last = max(member.last_at for member in replaced if member.last_at)
    looks = min(member.looks for member in replaced)
    verb = "served" if any(m.address for m in replaced) else "stored"
    where = f"{verb} at {len(replaced)} of {counted(of, 'place')}"
    return (
        f"Fixed. Replaced by {told}, {where} in at least {looks} looks in a row ({instant(first)} to {instant(last)})."
    )


def _successor(fingerprint: str, inventory: Inventory) -> str:
    end = inventory.certificates[fingerprint].not_after
    return f"{short(fingerprint)} (expires {end:%Y-%m-%d})"


def _to_spare(record: IncidentRecord, assessment: Assessment, now: datetime) -> str:
    if record.not_after is None or any(member.word for member in _blocking_members(assessment)):
        return ""  # nobody saw when it went
    last = max((m.first_at for m in _blocking_members(assessment) if m.first_at), default=now)
    left = record.not_after - last
    if left < timedelta(0):
        return f"In place until {instant(last)}, {ago(-left)} after it had expired."
    replaced = any(member.status is PlaceStatus.REPLACED for member in _blocking_members(assessment))
    return f"Fully {'replaced' if replaced else 'removed'} {instant(last)}: {ago(left)} to spare."


def _flaps(assessment: Assessment, record: IncidentRecord, now: datetime) -> bool:
    """After its second reopening an incident stays open until 7 days without one sighting."""
    if record.reopenings < FLAPPING_AFTER:
        return False
    last = max((m.first_at for m in _blocking_members(assessment) if m.first_at), default=now)
    return now - last < FLAPPING_QUIET


def _policy_changed(assessment: Assessment, record: IncidentRecord) -> bool:
    """True unless only the clock went back: then what ends this state had come already when the row was opened."""
    match assessment.reasons[0]:
        case Reason.EXEMPT_BY_POLICY | Reason.EXEMPT_BY_ANNOTATION:
            return assessment.next_change_at is None or assessment.next_change_at > begun_at(record)
        case Reason.NOT_YET_DUE | Reason.RENEWED_BY_AUTOMATION:
            return assessment.opens_at is None or assessment.opens_at >= begun_at(record)
        case _:
            return True


def _blocking_members(assessment: Assessment) -> list[MemberFinding]:
    blocking: Iterable[PlaceFinding] = (finding for finding in assessment.findings if finding.blocks)
    return [member for finding in blocking for member in finding.members]
