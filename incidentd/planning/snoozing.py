"""Snoozing: a person wants to hear nothing of an incident for a while. Severity climbs all the same, untold.

Nothing is said on its ticket and nobody is paged until then, or until the next critical step, whichever is first. It is
still closed on proof, and what people do on the ticket is noticed.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from incidentd.model.assessment import Step
from incidentd.model.incident import IncidentRecord
from incidentd.model.ticket import Comment
from incidentd.planning.people import told_step
from incidentd.planning.phrases import instant


def latest_end(steps: Iterable[tuple[Step, datetime]], now: datetime) -> datetime | None:
    """The instant of the next critical step, where a snooze ends at the latest; None after the last."""
    return min((at for step, at in steps if step >= Step.CRITICAL and at > now), default=None)


def snoozed(record: IncidentRecord, until: datetime, why: str) -> IncidentRecord:
    """The row once a person has snoozed it. A snooze that runs gives way to the new one."""
    return replace(record, snoozed_until=until, snooze_text=f"Snoozed until {instant(until)}: {why}.")


def is_snoozed(record: IncidentRecord, step: Step, now: datetime) -> bool:
    """True while nothing is to be said of it. A critical step that was not told yet ends it."""
    if record.snoozed_until is None or now >= record.snoozed_until:
        return False
    return step < Step.CRITICAL or step <= told_step(record, record.step)


def awake(record: IncidentRecord) -> IncidentRecord:
    """The row once that is over."""
    return record if record.snoozed_until is None else replace(record, snoozed_until=None, snooze_text="")


def snooze_note(record: IncidentRecord) -> Comment:
    """Said once at its beginning: the last that is heard of it until then."""
    text = f"{record.snooze_text} Nothing is said here until then, or until its next critical step."
    return Comment(f"snoozed:{record.snoozed_until:%Y%m%dT%H%M%S}", text, record.snoozed_until)
