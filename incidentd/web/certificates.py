"""Certificates as the pages show them: found by a word, page by page; and one alone with everything about it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidentd.daemon.deciding import Decision
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Event, IncidentRecord
from incidentd.model.policy import Policy
from incidentd.model.ticket import PlaceLine
from incidentd.planning.evidence import place_lines
from incidentd.planning.explaining import Check, explain
from incidentd.planning.phrases import instant
from incidentd.planning.routing import Routed
from incidentd.planning.wording import name_of
from incidentd.web.rows import STAGE_WORDS, followable, left

PAGE_ROWS = 100
NAMES_SHOWN = 100
PLACES_SHOWN = 200
EVENTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One line of the inventory."""

    fingerprint: str
    name: str
    expires: str
    left: str
    stage: str
    wants_incident: bool
    places: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was looked for."""

    wanted: str
    page: int
    pages: int
    total: int
    rows: tuple[CertificateRow, ...]


@dataclass(frozen=True, slots=True)
class LifeRow:
    """One incident of the certificate, from its opening to its closing."""

    headline: str
    ticket: str
    url: str
    events: tuple[tuple[str, str, str], ...]
    """When, what, and the text."""
    events_left_out: int


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate with everything about it."""

    fingerprint: str
    name: str
    expires: str
    left: str
    stage: str
    facts: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    names_left_out: int
    places: tuple[PlaceLine, ...]
    places_left_out: int
    checks: tuple[Check, ...]
    changes: tuple[str, ...]
    lives: tuple[LifeRow, ...]


def search(decision: Decision, wanted: str, page: int, now: datetime) -> Found:
    """The certificates whose name or fingerprint holds `wanted`, soonest end first; pages count from 1."""
    known, word = decision.inventory.certificates, wanted.strip().lower()
    matching = [fp for fp in decision.assessments if not word or _matches(known[fp], word)]
    matching.sort(key=lambda fp: (known[fp].not_after, fp))
    pages = max(-(-len(matching) // PAGE_ROWS), 1)
    page = min(max(page, 1), pages)
    shown = matching[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    return Found(wanted, page, pages, len(matching), tuple(_row(fp, decision, now) for fp in shown))


def _matches(certificate: Certificate, word: str) -> bool:
    if certificate.fingerprint.startswith(word.replace(":", "")):
        return True
    return any(word in name.lower() for name in (*certificate.names, certificate.subject, certificate.serial))


def _row(fingerprint: str, decision: Decision, now: datetime) -> CertificateRow:
    certificate, assessment = decision.inventory.certificates[fingerprint], decision.assessments[fingerprint]
    return CertificateRow(
        fingerprint=fingerprint,
        name=name_of(certificate),
        expires=instant(certificate.not_after),
        left=left(certificate.not_after, now),
        stage=STAGE_WORDS[assessment.stage],
        wants_incident=assessment.wants_incident,
        places=len(assessment.findings),
    )


def certificate_view(
    fingerprint: str,
    decision: Decision,
    policy: Policy,
    history: Sequence[tuple[IncidentRecord, tuple[Event, ...]]],
    now: datetime,
    routed: Routed,
) -> CertificateView:
    """Everything about one certificate of the last decision."""
    certificate, assessment = decision.inventory.certificates[fingerprint], decision.assessments[fingerprint]
    replaced = [one for one in decision.assessments.values() if one.successor == fingerprint]
    explanation = explain(fingerprint, assessment, decision.inventory, policy, history, now, routed, replaced)
    lines = place_lines(assessment.findings, decision.inventory, now, policy.blind_after)
    return CertificateView(
        fingerprint=fingerprint,
        name=name_of(certificate),
        expires=instant(certificate.not_after),
        left=left(certificate.not_after, now),
        stage=STAGE_WORDS[assessment.stage],
        facts=_facts(certificate),
        names=certificate.covered_names[:NAMES_SHOWN],
        names_left_out=max(len(certificate.covered_names) - NAMES_SHOWN, 0),
        places=lines[:PLACES_SHOWN],
        places_left_out=max(len(lines) - PLACES_SHOWN, 0),
        checks=explanation.checks,
        changes=explanation.changes,
        lives=tuple(_life(record, events) for record, events in history),
    )


def _facts(certificate: Certificate) -> tuple[tuple[str, str], ...]:
    begins = instant(certificate.not_before) if certificate.not_before else "unreadable"
    return (
        ("Subject", certificate.subject or "none"),
        ("Issuer", certificate.issuer or "none"),
        ("Serial", certificate.serial or "unreadable"),
        ("Valid from", begins),
        ("Valid until", instant(certificate.not_after)),
        ("Fingerprint (SHA-256)", certificate.fingerprint),
    )


def _life(record: IncidentRecord, events: Sequence[Event]) -> LifeRow:
    closed = f", closed {instant(record.closed_at)}" if record.closed_at else ""
    return LifeRow(
        headline=f"{record.state.value}, {record.step.label}, opened {instant(record.opened_at)}{closed}",
        ticket=f"{record.tracker} {record.ticket.key if record.ticket else '(not delivered yet)'}",
        url=followable(record.ticket),
        events=tuple((instant(event.at), event.what, event.text) for event in events[-EVENTS_SHOWN:]),
        events_left_out=max(len(events) - EVENTS_SHOWN, 0),
    )


def next_opening(decision: Decision, now: datetime) -> str | None:
    """When the next window opens, of those that have not; None when none ever will."""
    coming = (one.opens_at for one in decision.assessments.values() if one.opens_at is not None and one.opens_at >= now)
    earliest = min(coming, default=None)
    return instant(earliest) if earliest else None
