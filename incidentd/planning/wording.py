"""Wording: what a ticket says. Texts that stay carry absolute dates only: time alone rewrites nothing."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from incidentd.model.assessment import PlaceFinding, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Incident, IncidentRecord
from incidentd.model.inventory import Inventory
from incidentd.model.location import Location, Role
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import NOT_COMPARED, TicketContent
from incidentd.planning import next_steps, paging
from incidentd.planning.evidence import in_order, mixed_places, place_lines, served_count
from incidentd.planning.labels import commonest, slug
from incidentd.planning.lineage import dependents_words, news_words, replacements, replacements_words
from incidentd.planning.phrases import counted, instant, listed, short
from incidentd.planning.sanitize import sanitize
from incidentd.planning.shipping import trail
from incidentd.policy import controllers
from incidentd.policy.calendar import working_day_before

TITLE_CHARACTERS = 250
NAME_CHARACTERS = 128
NAMES_SHOWN = 20
NAMES_CHARACTERS = 500
DETAIL_NAMES_SHOWN = 100
DETAIL_NAMES_CHARACTERS = 2_500
PLACES_SHOWN = 50
PLACES_MIXED = 3
TROUBLES_SHOWN = 3

CLOSES_SERVED = "It closes when every served production place shows a successor, often and long enough to be proof."
CLOSES_STORED = "It was never seen served: it closes when every stored copy is replaced or removed, with proof."

STAGE_SENTENCE = {
    Stage.DUE: "No newer certificate found.",
    Stage.RENEWED_NOT_DEPLOYED: "A newer certificate exists but is not deployed.",
    Stage.RELEASE_LATE: "The release with the newer certificate comes too late, or there is none.",
    Stage.PARTLY_DEPLOYED: "A newer certificate is deployed at some places only, or not yet proven.",
    Stage.MISMATCH: "Something that does not replace it stands in its place.",
    Stage.EXPIRED: "It has expired.",
}


def name_of(certificate: Certificate) -> str:
    """The certificate's name, harmless and short: `api.example.com`, `api.example.com +1`."""
    more = len(certificate.covered_names) - 1
    name = sanitize(certificate.display_name, NAME_CHARACTERS).strip() or certificate.fingerprint[:16]
    return f"{name} +{more}" if more > 0 else name


def content(
    incident: Incident,
    step: Step,
    record: IncidentRecord | None,
    inventory: Inventory,
    now: datetime,
    blind_after: timedelta,
) -> TicketContent:
    """Everything that the ticket should say. The title stays the one it was opened with."""
    certificate, assessment = incident.certificate, incident.assessment
    lines = place_lines(assessment.findings, inventory, now, blind_after)
    blocking = _blocking(incident)
    place = blocking[0].location
    name = name_of(certificate)
    return TicketContent(
        key=incident.key,
        marker=incident.marker,
        title=(record.title if record else "") or _title(incident, name, instant(certificate.not_after)),
        severity=step.severity,
        step=step,
        due_on=_due_on(certificate, inventory),
        labels=_labels(blocking, step),
        headline=_headline(incident, step),
        what=_what(certificate, _ends(incident, step)),
        impact=_impact(incident, blocking, step, inventory),
        action=next_steps.action(assessment, expired=_has_expired(incident, step), served=_is_served(incident)),
        owner=incident.owner.words,
        why_now=_why_now(incident, step, inventory),
        places=lines[:PLACES_SHOWN],
        places_left_out=max(len(lines) - PLACES_SHOWN, 0),
        tasks=next_steps.tasks(assessment),
        commands=next_steps.commands(place, certificate.fingerprint),
        details=_details(certificate),
        rule=_rule(incident, _ends(incident, step)),
        source=_address(place),
        component=sanitize(commonest(blocking, "service") or ""),
        group="/".join(sanitize(v) for v in (commonest(blocking, "env"), commonest(blocking, "region")) if v),
        renewal=_renewal_owned(incident, inventory),
        summary=_title(incident, _named(certificate), f"{certificate.not_after:%Y-%m-%d}"),
        as_of=now.date(),
        page=_page(incident, step),
        runbook=paging.runbook(blocking),
        left=paging.left(certificate.not_after, now),
        history=paging.history(record, step),
        links=incident.links,
        release=trail(certificate, assessment, inventory),
        follows=incident.follows,
    )


def digest(what: TicketContent) -> str:
    """SHA-256 over the content, so that a ticket is rewritten exactly when it should say something else."""
    said = {name: value for name, value in asdict(what).items() if name not in NOT_COMPARED}
    if not what.release:
        del said["release"]  # as before there were any: no ticket is rewritten for what it has nothing of
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def action_text(kind: ActionKind, incident: Incident, step: Step) -> str:
    """One sentence for a plan."""
    certificate = incident.certificate
    sentence = STAGE_SENTENCE.get(incident.assessment.stage, "")
    words = f"{kind} {name_of(certificate)}: expires {instant(certificate.not_after)}, {step.label}."
    return " ".join(filter(None, (words, sentence, _mixed(incident))))


def _mixed(incident: Incident) -> str:
    """Behind which places some of several servers still have it, by what the last handshakes said."""
    mixed = mixed_places(_blocking(incident))
    return f"By turns at {listed(mixed, PLACES_MIXED)}." if mixed else ""


def _title(incident: Incident, name: str, date: str) -> str:
    """Name and date first: phones show 60 characters."""
    blocking = _blocking(incident)
    served = "served" if _is_served(incident) else "stored"
    owner = incident.owner.name
    about = ", ".join(part for part in (sanitize(commonest(blocking, "env") or ""), served, owner) if part)
    return sanitize(f"[SIE] {name}: certificate expires {date} ({about})", TITLE_CHARACTERS)


def _named(certificate: Certificate) -> str:
    """`api.example.com +1 name`."""
    more = len(certificate.covered_names) - 1
    return name_of(certificate) + ("" if more < 1 else " name" if more == 1 else " names")


def _page(incident: Incident, step: Step) -> str:
    certificate, expired = incident.certificate, _has_expired(incident, step)
    name, blocking = name_of(certificate), _blocking(incident)
    return paging.page(name, certificate.not_after, blocking, incident.assessment, expired=expired)


def _address(location: Location) -> str:
    """Host and port where clients get it, else the place as it is."""
    parts = urlsplit(location.uri)
    return sanitize(parts.netloc if location.role is Role.SERVED and parts.netloc else location.uri)


def _blocking(incident: Incident) -> list[PlaceFinding]:
    return [finding for finding in in_order(incident.assessment.findings) if finding.blocks]


def _has_expired(incident: Incident, step: Step) -> bool:
    """The step of a capped certificate says nothing of it, and a stage can fall with the clock."""
    return step is Step.EXPIRED or incident.assessment.stage is Stage.EXPIRED


def _headline(incident: Incident, step: Step) -> str:
    end = incident.certificate.not_after
    verb = "Expired" if _has_expired(incident, step) else "Expires"
    return f"{verb} {instant(end)}. {_where(incident)} {_renewal(incident)}"


def _where(incident: Incident) -> str:
    blocking = _blocking(incident)
    still, of = served_count(blocking)
    verb = "Served" if _is_served(incident) else "Stored, never seen served,"
    return f"{verb} at {still} of {counted(of, 'place')}."


def _renewal(incident: Incident) -> str:
    assessment = incident.assessment
    if assessment.successor is None:
        return STAGE_SENTENCE[Stage.DUE]
    deployed = f"deployed at {assessment.deployed} of {assessment.deployable}"
    several = "s" if len(replacements(assessment)) > 1 else ""
    return f"Newer certificate{several} {replacements_words(assessment)}: {deployed}."


def _renewal_owned(incident: Incident, inventory: Inventory) -> str:
    """What is known of the renewal, and whose it is."""
    assessment = incident.assessment
    owned = "No automation is known to own it."
    if Reason.RENEWAL_OVERDUE in assessment.reasons:
        owned = "An automation owns it, and is overdue."
    if troubles := controllers.troubles(each for each in in_order(assessment.findings) if each.production):
        owned = f"{sanitize(listed(troubles, TROUBLES_SHOWN))}."
    if assessment.successor is None:
        return f"{STAGE_SENTENCE[Stage.DUE]} {owned}"
    newer = replacements(assessment)
    end = min(inventory.certificates[each].not_after for each in newer)
    if len(newer) > 1:
        return f"{_renewal(incident)} The first of them expires {end:%Y-%m-%d}. {owned}"
    news = news_words(incident.certificate, newer[0], inventory)
    return f"{_renewal(incident)} It expires {end:%Y-%m-%d}{news and f' ({news})'}. {owned}"


def _ends(incident: Incident, step: Step) -> str:
    return "expired" if _has_expired(incident, step) else "expires"


def _what(certificate: Certificate, ends: str) -> str:
    kind = "CA certificate" if certificate.is_authority else "TLS certificate"
    names = _names(certificate, NAMES_SHOWN, NAMES_CHARACTERS) or name_of(certificate)
    return f"{kind} for {names} {ends} {instant(certificate.not_after)}"


def _names(certificate: Certificate, at_most: int, characters: int) -> str:
    """The first names, as many as can be read; a certificate can have tens of thousands, and the rest is counted."""
    names = certificate.covered_names
    shown: list[str] = []
    for name in names[:at_most]:
        shown.append(sanitize(name, NAME_CHARACTERS))
        if sum(map(len, shown)) > characters:
            break
    return listed(shown, at_most, len(names))


def _impact(incident: Incident, blocking: Iterable[PlaceFinding], step: Step, inventory: Inventory) -> str:
    """What fails, and for whom."""
    findings = list(blocking)
    services = sorted({sanitize(f.location.label("service") or "") for f in findings} - {""})
    regions = sorted({sanitize(f.location.label("region") or "") for f in findings} - {""})
    parts = [_where(incident), _failure(incident, step)]
    if incident.assessment.dependents:
        parts.append(dependents_words(incident.assessment, inventory))
    if services:
        parts.append(f"Services: {listed(services, 10)}.")
    if regions:
        parts.append(f"Regions: {listed(regions, 10)}.")
    return " ".join(parts)


def _due_on(certificate: Certificate, inventory: Inventory) -> date:
    """A week before the end; but nobody can have been late before it was first seen."""
    day = working_day_before(certificate.not_after)
    first_seen = inventory.first_seen.get(certificate.fingerprint)
    return max(day, first_seen.date()) if first_seen else day


def _failure(incident: Incident, step: Step) -> str:
    """Nobody is told of failing clients who gets another certificate by now."""
    expired = _has_expired(incident, step)
    if next_steps.proof_pending(incident.assessment):
        return "Nobody gets it any more, as far as the last looks tell."
    if not _is_served(incident):
        return "Whatever uses it fails since it expired." if expired else "Whatever uses it will fail when it expires."
    return "Clients fail TLS since it expired." if expired else "Clients will fail TLS when it expires."


def _is_served(incident: Incident) -> bool:
    return _blocking(incident)[0].location.role is Role.SERVED


def _why_now(incident: Incident, step: Step, inventory: Inventory) -> str:
    assessment = incident.assessment
    began = f"window opened {instant(assessment.opens_at)}" if assessment.opens_at else "due"
    opened = f"{paging.HOW_SEVERE[step]}; {began}"
    if assessment.successor is None:
        return f"{opened}; no newer certificate in any place that is known"
    end = inventory.certificates[assessment.successor].not_after
    return f"{opened}; newer certificate {short(assessment.successor)} expires {instant(end)}"


def _details(certificate: Certificate) -> tuple[tuple[str, str], ...]:
    return (
        ("Fingerprint (SHA-256)", certificate.fingerprint),
        ("Serial", sanitize(certificate.serial)),
        ("Subject", sanitize(certificate.subject)),
        ("Issuer", sanitize(certificate.issuer)),
        ("Names", _names(certificate, DETAIL_NAMES_SHOWN, DETAIL_NAMES_CHARACTERS)),
        ("Not before", instant(certificate.not_before) if certificate.not_before else "unreadable"),
        ("Not after", instant(certificate.not_after)),
    )


def _rule(incident: Incident, ends: str) -> tuple[str, ...]:
    assessment = incident.assessment
    opened = instant(assessment.opens_at) if assessment.opens_at else "unknown"
    steady = [reason for reason in assessment.reasons if reason is not Reason.UNSEEN_PLACES]
    return (
        f"Its window opened {opened}; it {ends} {instant(incident.certificate.not_after)}.",
        f"Reasons: {', '.join(steady)}.",
        CLOSES_SERVED if _is_served(incident) else CLOSES_STORED,
    )


def _labels(blocking: Iterable[PlaceFinding], step: Step) -> tuple[str, ...]:
    env = commonest(list(blocking), "env")
    return tuple(filter(None, ("cert-expiry", f"env-{slug(env)}" if env else "", f"sev-{step.severity}")))
