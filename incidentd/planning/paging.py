"""Paging: what a phone shows at night in one line, and what is only true of the moment in which it is said."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from incidentd.model.assessment import Assessment, PlaceFinding, Reason, Stage, Step
from incidentd.model.incident import IncidentRecord
from incidentd.planning.labels import commonest
from incidentd.planning.next_steps import proof_pending
from incidentd.planning.phrases import ago, counted, days_left, instant
from incidentd.planning.sanitize import sanitize

PAGE_CHARACTERS = 250
RUNBOOK_CHARACTERS = 500
HOW_SEVERE = {
    Step.WARNING: "warning",
    Step.ERROR: "error",
    Step.CRITICAL: "critical",
    Step.LAST_DAY: "critical, its last day",
    Step.EXPIRED: "critical, expired",
}


def page(name: str, end: datetime, blocking: list[PlaceFinding], assessment: Assessment, *, expired: bool) -> str:
    """`SIE api.example.com +1: certificate expires 2026-12-04 09:14 UTC, served in prod, no renewal found`.

    Name and date first: phones show 60 characters. No countdown and no counts: it changes with the stage only.
    """
    verb = "certificate EXPIRED" if expired else "certificate expires"
    role = blocking[0].location.role.value
    env = sanitize(commonest(blocking, "env") or "", 40)
    place = f"{role} in {env}" if env else role
    return sanitize(f"SIE {name}: {verb} {instant(end)}, {place}, {_renewal(assessment)}", PAGE_CHARACTERS)


def _renewal(assessment: Assessment) -> str:
    """How its renewal stands, in a few words."""
    if assessment.stage is Stage.MISMATCH:
        return "something else stands in its place"
    if assessment.stage is Stage.RELEASE_LATE:
        return "renewed, in no release" if assessment.carrier is None else "renewed, release comes too late"
    if assessment.successor is not None:
        if proof_pending(assessment):
            return "renewed, proof pending"
        return "renewed, deployed in part" if assessment.deployed else "renewed, NOT deployed"
    return "renewal overdue" if Reason.RENEWAL_OVERDUE in assessment.reasons else "no renewal found"


def left(end: datetime, now: datetime) -> str:
    """How much time is left, beside the time at which that is said."""
    if now > end:
        return f"expired {ago(now - end)} ago at {instant(now)}"
    return f"{days_left(end - now)} left at {instant(now)}"


def history(record: IncidentRecord | None, step: Step) -> str:
    """Its life so far; empty at its first opening."""
    if record is None or record.ticket is None:
        return ""
    return f"opened {instant(record.opened_at)}, {step.severity} now; {counted(record.reopenings, 'reopening')}"


def runbook(blocking: Iterable[PlaceFinding]) -> str:
    """The address that the label `runbook` gives most of its places; empty where that is none."""
    text = commonest(list(blocking), "runbook") or ""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return ""
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "<>`\\^{|}')
    return text if fine and plain and len(text) <= RUNBOOK_CHARACTERS else ""
