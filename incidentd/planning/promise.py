"""The promise register: every production certificate whose window is open, with its incident or its exemption. Pure.

What has neither is a promise that is not kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from incidentd.model.assessment import Assessment, Reason
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentRecord
from incidentd.planning.acceptance import holds_to
from incidentd.planning.diff import returned
from incidentd.planning.documents import SCHEMA_VERSION, Document
from incidentd.planning.explaining import WHY
from incidentd.planning.phrases import rfc3339
from incidentd.planning.sanitize import sanitize
from incidentd.planning.wording import name_of

NOT_PROMISED = (
    Reason.NON_PRODUCTION,
    Reason.NOT_IN_PLACE,
    Reason.NOT_YET_DUE,
    Reason.ALL_SERVED_SETTLED,
    Reason.ALL_STORED_SETTLED,
    Reason.STALE_ARCHIVE,
)
"""Out of production, with more time left, replaced with proof, or an old archive: of these nothing was promised."""


@dataclass(frozen=True, slots=True)
class Exempted:
    """Why a certificate needs no incident."""

    reason: Reason
    proof: str
    """On whose word, on what proof, or by which rule."""
    until: datetime | None
    """When that ends by itself; None: it does not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate of the register."""

    certificate: Certificate
    assessment: Assessment
    incident: IncidentRecord | None
    """Open or held; or closed so lately, and with proof, that nothing since then makes it come back."""
    exemption: Exempted | None

    @property
    def is_kept(self) -> bool:
        """False for a certificate with neither."""
        return self.incident is not None or self.exemption is not None


def register(
    assessments: Iterable[Assessment], certificates: Mapping[str, Certificate], records: Iterable[IncidentRecord]
) -> tuple[Entry, ...]:
    """Soonest end first. `records`: the ledger's rows that are active, or were closed within 14 days."""
    rows: dict[str, IncidentRecord] = {}
    for row in records:
        if row.of_certificate and (row.active or not (row.fingerprint in rows and rows[row.fingerprint].active)):
            rows[row.fingerprint] = row
    entries = (
        Entry(certificates[one.fingerprint], one, _incident(one, rows.get(one.fingerprint)), _exempted(one))
        for one in assessments
        if one.reasons[0] not in NOT_PROMISED
    )
    return tuple(sorted(entries, key=lambda entry: (entry.certificate.not_after, entry.certificate.fingerprint)))


def _incident(assessment: Assessment, row: IncidentRecord | None) -> IncidentRecord | None:
    if row is None or row.active:
        return row
    return row if assessment.wants_incident and returned(assessment) is None else None


def _exempted(assessment: Assessment) -> Exempted | None:
    if assessment.wants_incident:
        return None
    reason = assessment.reasons[0]
    return Exempted(reason, assessment.proof or WHY[reason], assessment.next_change_at)


def promise_document(entries: Iterable[Entry]) -> Document:
    """`promise --json`."""
    return {"schema_version": SCHEMA_VERSION, "certificates": [_row(entry) for entry in entries]}


def _row(entry: Entry) -> Document:
    incident, exemption = entry.incident, entry.exemption
    return {
        "fingerprint": entry.certificate.fingerprint,
        "name": name_of(entry.certificate),
        "not_after": rfc3339(entry.certificate.not_after),
        "stage": entry.assessment.stage.value,
        "kept": entry.is_kept,
        "incident": _of_incident(incident) if incident else None,
        "exemption": _of_exemption(exemption) if exemption else None,
    }


def _of_incident(record: IncidentRecord) -> Document:
    held_until = holds_to(record)
    return {
        "key": record.key,
        "state": record.state.value,
        "severity": record.step.severity.value,
        "tracker": record.tracker,
        "ticket": record.ticket.key if record.ticket else None,
        "url": record.ticket.url if record.ticket else None,
        "opened_at": rfc3339(record.opened_at),
        "held_by": record.held_by.value if record.held_by else None,
        "held_until": rfc3339(held_until) if held_until else None,
    }


def _of_exemption(exemption: Exempted) -> Document:
    return {
        "reason": exemption.reason.value,
        "proof": sanitize(exemption.proof),
        "until": rfc3339(exemption.until) if exemption.until else None,
    }
