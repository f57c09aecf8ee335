"""Explaining: every check with its inputs, its rule and its answer, and what would change the judgement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidentd.model.assessment import Assessment, MemberFinding, PlaceFinding, PlaceStatus, Reason, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Beside, Event, IncidentRecord, IncidentState, beside_in
from incidentd.model.inventory import Inventory
from incidentd.model.location import Location, Role
from incidentd.model.policy import Policy
from incidentd.planning import lineage
from incidentd.planning.acceptance import holds_to
from incidentd.planning.climbing import Climb
from incidentd.planning.evidence import by_handshakes, state_of
from incidentd.planning.next_steps import quoted
from incidentd.planning.phrases import ago, counted, instant, short
from incidentd.planning.routing import Routed
from incidentd.planning.sanitize import sanitize
from incidentd.planning.shipping import concerns, trail
from incidentd.policy import controllers
from incidentd.policy.automation import is_short_lived
from incidentd.policy.succession import why_not_in_store, why_not_served

WHY = {
    Reason.NOT_YET_DUE: "its window has not opened yet",
    Reason.THRESHOLD_PASSED: "its window has opened",
    Reason.EXPIRED: "its notAfter has passed",
    Reason.NON_PRODUCTION: "all its places are labelled as not production",
    Reason.NOT_IN_PLACE: "no place is known that shows it",
    Reason.STALE_ARCHIVE: "it had expired more than 7 days before it was first seen, and is not served: an old archive",
    Reason.EXEMPT_BY_POLICY: "policy.exemptions lists it",
    Reason.EXEMPT_BY_ANNOTATION: "annotations at all its places ask to ignore it for now, and their source trusts them",
    Reason.RENEWED_BY_AUTOMATION: "there is proof that automation renews it, and its renewal is not overdue",
    Reason.RENEWAL_OVERDUE: "automation should have renewed it by now",
    Reason.TRUST_BUNDLE: "it stands in a trust bundle: more than five CA certificates in one file and no leaf",
    Reason.CA_LEFT_BEHIND: "a CA certificate that everything hanging on it leaves behind in time",
    Reason.CA_OWN_LOCATION: "a CA certificate that is kept at a place of its own",
    Reason.CA_OUTLIVED_BY_LEAF: "a CA certificate that a production leaf outlives",
    Reason.RENEWED_NOT_DEPLOYED: "a newer certificate exists, and no place shows it: a renewal never closes",
    Reason.PARTLY_DEPLOYED: "a newer certificate stands at some of its places only",
    Reason.PROOF_PENDING: "a newer certificate was seen everywhere, not yet often and long enough to be proof",
    Reason.MISMATCH: "something stands in its place that is no successor",
    Reason.RELEASE_PLANNED_LATE: "the release with a newer certificate ships less than 7 days before the end",
    Reason.RELEASE_SLIPPED: "the release with a newer certificate is past its planned time, and nothing serves it",
    Reason.RENEWAL_UNCARRIED: "a newer certificate is stored, its service announces releases, and none carries it",
    Reason.MIXED_BACKEND: "a place shows the old and the new one by turns: 20 looks in a row over 24 h are needed",
    Reason.UNSEEN_PLACES: "some places cannot be seen now: a gap is never an absence",
    Reason.CAPPED_SPARE: "all its places are labelled use: spare or archive, so severity stays at warning",
    Reason.CAPPED_OTHER_SERVED: "every probed place of its names serves another one, so severity stays at warning",
    Reason.ALL_SERVED_SETTLED: "every served production place shows a successor, with proof, or is retired",
    Reason.ALL_STORED_SETTLED: "never seen served, and every stored place is replaced or removed, with proof",
    Reason.SUSPECT_REMOVAL: "a folder or source lost so much at once that its removals are not believed yet",
}


AUTOMATED = (
    "lifetime under 184 days, and its controller is ready, policy.automated matches, or two renewals were seen in time"
)
OVERDUE = (
    "due when its automation is overdue: two thirds of its life (half of one under ten days) have passed, "
    "and 5 % of it or six hours of grace"
)
_RENEWED = {Reason.RENEWED_BY_AUTOMATION, Reason.RENEWAL_OVERDUE}
ON_A_WORD = (Reason.EXEMPT_BY_POLICY, Reason.EXEMPT_BY_ANNOTATION)
UNSEEN_NAMED = 3
BESIDE = {Beside.PAGE: "page: ", Beside.LEFT: "moved away from: ", Beside.RELEASE: "release: "}


@dataclass(frozen=True, slots=True)
class Check:
    """One question that was asked of a certificate."""

    question: str
    answer: str
    rule: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say of one certificate."""

    certificate: Certificate
    stage: Stage
    checks: tuple[Check, ...]
    evidence: tuple[str, ...]
    changes: tuple[str, ...]
    lives: tuple[str, ...]


def explain(
    fingerprint: str,
    assessment: Assessment,
    inventory: Inventory,
    policy: Policy,
    history: Sequence[tuple[IncidentRecord, tuple[Event, ...]]],
    now: datetime,
    routed: Routed,
    replaced: Sequence[Assessment] = (),
) -> Explanation:
    """Why a certificate has an incident, or has none, at this moment.

    `history` are the lives of its incident and of what stands beside it, newest first. `replaced` are the assessments
    of those whose successor it is.
    """
    certificate = inventory.certificates[fingerprint]
    reached = next((row.step for row, _ in history if row.active and row.of_certificate), None)
    climb = Climb(certificate, assessment, policy, now, reached)
    return Explanation(
        certificate=certificate,
        stage=assessment.stage,
        checks=(
            *_checks(climb),
            *_lineage(certificate, assessment, inventory),
            *_replaced(replaced, inventory),
            *_travel(certificate, assessment, inventory, policy),
            *_destination(routed, [row for row, _ in history]),
        ),
        evidence=tuple(
            line for finding in assessment.findings for line in _evidence(certificate, finding, inventory, now)
        ),
        changes=tuple(_changes(climb)),
        lives=tuple(line for record, events in history for line in _life(record, events)),
    )


def _checks(climb: Climb) -> Iterator[Check]:
    certificate, assessment, policy, now = climb.certificate, climb.assessment, climb.policy, climb.now
    production = [finding for finding in assessment.findings if finding.production]
    listed = ", ".join(f"{label}={'|'.join(values)}" for label, values in policy.non_production)
    yield Check(
        "Is it in production?",
        f"{len(production)} of {counted(len(assessment.findings), 'place')}",
        f"production unless labelled {listed}",
    )
    opens = assessment.opens_at
    yield Check(
        "Is it due?",
        "never: no end" if opens is None else f"{'yes' if now > opens else 'no'}: its window opens {instant(opens)}",
        OVERDUE
        if _RENEWED & set(assessment.reasons)
        else f"due when now is later than notAfter ({instant(certificate.not_after)}) minus {policy.threshold}",
    )
    word = next((reason for reason in assessment.reasons if reason in ON_A_WORD), None)
    if word is not None:
        yield Check("On whose word is it let off?", sanitize(assessment.proof), WHY[word])
    elif is_short_lived(certificate):
        troubles = sanitize("; ".join(controllers.troubles(production)))
        proof = assessment.proof or troubles or "no proof that automation renews it"
        yield Check("Is it short-lived and automated?", proof, AUTOMATED)
    yield Check("How severe is it?", climb.answer, climb.rule)
    for reason in assessment.reasons:
        yield Check("Why this stage?", f"{assessment.stage} ({reason})", WHY[reason])


def _travel(certificate: Certificate, assessment: Assessment, inventory: Inventory, policy: Policy) -> Iterator[Check]:
    if concerns(assessment):
        rule = (
            f"late: planned less than 7 d before the end, slipped, or in no release within {ago(policy.release_within)}"
        )
        yield Check("Where is its renewal?", trail(certificate, assessment, inventory), rule)


def _lineage(certificate: Certificate, assessment: Assessment, inventory: Inventory) -> Iterator[Check]:
    if assessment.wants_incident or assessment.successor is not None:
        answer = lineage.answer(certificate, assessment, inventory)
        yield Check("Which certificate takes its place?", answer, lineage.RULE)
    if assessment.dependents:
        rule = "a leaf that ends later than a CA certificate in its chain fails when that one ends"
        yield Check("What hangs on it?", lineage.dependents_words(assessment, inventory), rule)


def _replaced(replaced: Sequence[Assessment], inventory: Inventory) -> Iterator[Check]:
    if replaced:
        yield Check("What does it take the place of?", lineage.replaced_words(replaced, inventory), lineage.RULE)


def _destination(routed: Routed, rows: Sequence[IncidentRecord]) -> Iterator[Check]:
    owner, route = routed.owner, routed.route
    yield Check("Whose is it?", owner.name or "nobody's", owner.rule)
    globs = ", ".join(f"{sanitize(name)}: {sanitize(glob)}" for name, glob in route.match)
    led = f"the first route that most places match: {{{globs}}}" if globs else "a route that takes all"
    pinned = next((row.tracker for row in rows if row.active and row.of_certificate), None)
    rule = f"{led} -> {route.tracker}" if pinned is None else "where its incident was opened, or moved to"
    yield Check("Where does its incident go?", pinned or route.tracker, rule)
    if route.page is not None:
        step = route.page.from_step.severity.value
        yield Check("Who is paged?", route.page.tracker, f"page: from {step} on, beside the ticket")


def _evidence(certificate: Certificate, finding: PlaceFinding, inventory: Inventory, now: datetime) -> Iterator[str]:
    role = f"{finding.location.role.value}, source {sanitize(finding.location.source)}"
    blocks = "blocks closing" if finding.blocks and not finding.status.settled else "does not block closing"
    for member in finding.members:
        where = f"{sanitize(finding.location.uri)}{f' [{member.address}]' if member.address else ''}"
        yield f"{where} ({role}, {blocks}): {_member(member, inventory)}"
        if member.status is PlaceStatus.MISMATCH and member.successor is not None:
            yield from _why_not(inventory.certificates[member.successor], certificate, finding.location, now)


def _why_not(there: Certificate, old: Certificate, location: Location, now: datetime) -> Iterator[str]:
    """By which rule what stands there is no successor."""
    served = location.role is Role.SERVED
    reason = why_not_served(there, old, location.asked_name, now) if served else why_not_in_store(there, old)
    if reason is not None:
        yield f"  {short(there.fingerprint)} does not replace it ({reason}): {lineage.WHY_NOT[reason]}"


def _member(member: MemberFinding, inventory: Inventory) -> str:
    text = ", ".join(filter(None, (f"{member.status}: {state_of(member)}", by_handshakes(member))))
    if member.word is not None and member.first_at is not None:
        return f"{text}, on {instant(member.first_at)}: {sanitize(member.word.reason)}; ends when something answers"
    if member.successor is not None:
        end = inventory.certificates[member.successor].not_after
        text += f", {short(member.successor)} until {instant(end)}"
    if member.first_at and member.last_at:
        text += f"; {counted(member.looks, 'look')} in a row, {instant(member.first_at)} to {instant(member.last_at)}"
    return text + (f"; UNSEEN since {instant(member.unseen_since)}" if member.unseen_since else "")


def _changes(climb: Climb) -> Iterator[str]:
    assessment, now = climb.assessment, climb.now
    if assessment.opens_at is not None and now <= assessment.opens_at:
        yield f"{instant(assessment.opens_at)}: its incident opens, in {ago(assessment.opens_at - now)}"
    ends_at = assessment.next_change_at
    if ends_at is not None and any(reason in ON_A_WORD for reason in assessment.reasons):
        yield f"{instant(ends_at)}: it is let off no longer, in {ago(ends_at - now)}"
    yield from climb.to_come()
    if assessment.wants_incident:
        proof = climb.policy.close_after
        yield (
            f"it closes when each blocking place shows a successor in {proof.observations} looks in a row, "
            f"the first and the last at least {ago(proof.apart)} apart"
        )
        for uri in assessment.unseen[:UNSEEN_NAMED]:
            yield f"what is gone for good stops no closing once a person says so: incidentd retire {quoted(uri)}"


def _life(record: IncidentRecord, events: Sequence[Event]) -> Iterator[str]:
    ticket = record.ticket.key if record.ticket else "not delivered yet"
    beside = beside_in(record.key)
    where = f"{record.state}{_until(record)} in {record.tracker} ({ticket}), step {record.step.label}"
    yield f"{BESIDE[beside] if beside else ''}{where}, opened {instant(record.opened_at)}"
    for event in events:
        yield f"  {instant(event.at)} {event.what}: {event.text}"


def _until(record: IncidentRecord) -> str:
    until = holds_to(record)
    if record.state is IncidentState.OPEN and record.snoozed_until:
        return f", snoozed until {instant(record.snoozed_until)},"
    return f", accepted until {instant(until)}," if until else ""
