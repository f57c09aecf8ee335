"""Simulating: what will be open at a later instant, and what opens until then, if all is seen as it is now. Pure.

The guard is not asked: what it would let through little by little counts as open at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidentd.model.assessment import Assessment, Stage, Step
from incidentd.model.incident import Incident, IncidentRecord, IncidentState
from incidentd.model.inventory import Inventory
from incidentd.model.plan import Action, ActionKind
from incidentd.model.policy import Policy
from incidentd.planning import closing
from incidentd.planning.acceptance import holds_to
from incidentd.planning.desire import desire
from incidentd.planning.documents import SCHEMA_VERSION, Document, item
from incidentd.planning.people import CRITICAL_HOLDS, returns
from incidentd.planning.phrases import instant, rfc3339
from incidentd.planning.routing import Routing
from incidentd.planning.wording import action_text, name_of
from incidentd.policy.ahead import unchanged_until, wanted_from
from incidentd.policy.assess import assess_all
from incidentd.policy.releases import Releases
from incidentd.policy.severity import step_at, step_instants
from incidentd.policy.sightings import Sightings

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Present:
    """What is known now."""

    now: datetime
    inventory: Inventory
    records: Mapping[str, IncidentRecord]
    """The ledger's rows of certificates, by key: of each the active one, else the last."""
    releases: Releases
    instance: str
    routing: Routing
    intervals: Mapping[str, timedelta]
    """Time between two sweeps, by source."""


@dataclass(frozen=True, slots=True)
class Coming:
    """An incident that will be open."""

    action: Action
    opens_at: datetime | None = None
    """None: it is open already."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is open at an instant to come, the soonest end first."""

    at: datetime
    open: tuple[Coming, ...]

    @property
    def opens(self) -> tuple[Coming, ...]:
        """What of it opens between now and then, in that order."""
        coming = [(one.opens_at, one.action.key, one) for one in self.open if one.opens_at is not None]
        return tuple(one for _, _, one in sorted(coming, key=lambda each: each[:2]))


@dataclass(frozen=True, slots=True)
class Changed:
    """An incident that another policy sees otherwise."""

    before: Action
    after: Action


@dataclass(frozen=True, slots=True)
class Difference:
    """What another policy would change at the same instant."""

    opens: tuple[Action, ...]
    closes: tuple[Action, ...]
    changes: tuple[Changed, ...]


def simulate(present: Present, policy: Policy, at: datetime) -> Simulation:
    """What is open then, by this policy. `at` is not before now."""
    then = unchanged_until(present.inventory, at, present.intervals)
    assessments = assess_all(Sightings(then), policy, at, releases=present.releases)
    certificates, records = then.certificates, present.records
    incidents = desire(assessments.values(), certificates, records, present.instance, present.routing)
    sightings = Sightings(present.inventory)
    wanted = (
        _coming(incident, records.get(key), present, policy, at, sightings) for key, incident in incidents.items()
    )
    rows = (row for key, row in records.items() if key not in incidents and row.state is IncidentState.OPEN)
    staying = (_staying(row, assessments[row.fingerprint], at) for row in rows if row.fingerprint in assessments)
    found = [one for one in (*wanted, *staying) if one is not None]
    return Simulation(at, tuple(sorted(found, key=lambda one: (one.action.ends_at, one.action.key))))


def difference(before: Simulation, after: Simulation) -> Difference:
    """What the policy of the second simulation changes against that of the first."""
    old, new = ({one.action.key: one.action for one in each.open} for each in (before, after))
    both = [Changed(old[key], action) for key, action in new.items() if key in old]
    return Difference(
        opens=tuple(action for key, action in new.items() if key not in old),
        closes=tuple(_closed(action) for key, action in old.items() if key not in new),
        changes=tuple(one for one in both if _shown(one.before) != _shown(one.after)),
    )


def _closed(action: Action) -> Action:
    """What is open by the first policy, and by the second is not."""
    text = f"close {action.name}: expires {instant(action.ends_at)}. By the other policy it needs no incident."
    return replace(action, kind=ActionKind.CLOSE, text=text)


def simulation_document(simulation: Simulation, changes: Difference | None = None) -> Document:
    """`simulate --json`. `changes`: what another policy does, where one was given; the rest is by that policy then."""
    return {
        "schema_version": SCHEMA_VERSION,
        "at": rfc3339(simulation.at),
        "open": [item(one.action) for one in simulation.open],
        "opens": [
            {**item(one.action), "opens_at": rfc3339(one.opens_at) if one.opens_at else None}
            for one in simulation.opens
        ],
        "policy": None if changes is None else _of_policy(changes),
    }


def _of_policy(changes: Difference) -> Document:
    return {
        "opens": [item(action) for action in changes.opens],
        "closes": [item(action) for action in changes.closes],
        "changes": [{**item(one.after), "before": _before(one.before)} for one in changes.changes],
    }


def _before(action: Action) -> Document:
    step, stage = _shown(action)
    return {"severity": step.severity.value, "step": step.label, "stage": stage.value}


def _shown(action: Action) -> tuple[Step, Stage]:
    return action.step, action.stage


def _coming(
    incident: Incident,
    row: IncidentRecord | None,
    present: Present,
    policy: Policy,
    at: datetime,
    sightings: Sightings,
) -> Coming | None:
    """None for what somebody closed or accepted, and is held until later."""
    step = incident.assessment.step or Step.WARNING
    if row is None or not row.active:
        fingerprint = incident.certificate.fingerprint
        opens_at = wanted_from(fingerprint, sightings, policy, present.releases, present.now, at)
        return Coming(_action(ActionKind.OPEN, incident, None, step), opens_at)
    step = max(step, row.step)
    if row.state is IncidentState.OPEN:
        return Coming(_action(ActionKind.UPDATE, incident, row, step))
    if not returns(row, step, incident.certificate.not_after, at):
        return None
    return Coming(_action(ActionKind.REOPEN, incident, row, step), _returns_at(row, incident, policy, present.now, at))


def _returns_at(row: IncidentRecord, incident: Incident, policy: Policy, now: datetime, at: datetime) -> datetime:
    """When what is held comes back: at its next step, some time after it is critical, or when an acceptance ends."""
    certificate = incident.certificate
    instants = [reached for _, reached in step_instants(certificate.not_after, certificate.lifetime, policy.severities)]
    later = [each + CRITICAL_HOLDS for each in (*instants, row.held_at) if each and each < at - CRITICAL_HOLDS]
    coming = [each for each in (now, *instants, *later, holds_to(row)) if each is not None and now <= each < at]
    for each in sorted(coming):
        behind = each + _TICK
        step = step_at(certificate.not_after, certificate.lifetime, behind, policy.severities)
        if returns(row, max(step, row.step), certificate.not_after, behind):
            return each
    return at


def _staying(row: IncidentRecord, assessment: Assessment, at: datetime) -> Coming | None:
    """It is open, nothing wants it any more, and nothing proves it away either; None where it will be closed."""
    if closing.may_close(assessment, row, at):
        return None
    return Coming(
        Action(
            kind=ActionKind.UPDATE,
            key=row.key,
            fingerprint=row.fingerprint,
            tracker=row.tracker,
            name=row.name,
            not_after=row.not_after,
            step=row.step,
            stage=assessment.stage,
            reasons=assessment.reasons,
            text=f"{row.name} stays open: {', '.join(assessment.reasons)}",
            record=row,
        )
    )


def _action(kind: ActionKind, incident: Incident, row: IncidentRecord | None, step: Step) -> Action:
    return Action(
        kind=kind,
        key=incident.key,
        fingerprint=incident.certificate.fingerprint,
        tracker=incident.tracker,
        name=name_of(incident.certificate),
        not_after=incident.certificate.not_after,
        step=step,
        stage=incident.assessment.stage,
        reasons=incident.assessment.reasons,
        text=action_text(kind, incident, step),
        incident=incident,
        record=row,
    )
