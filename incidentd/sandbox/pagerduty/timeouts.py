"""What the clock alone does to incidents: acknowledgements and snoozes end, services resolve by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from incidentd.sandbox.pagerduty.records import Incident, Service, due

if TYPE_CHECKING:
    from incidentd.sandbox.pagerduty.world import World


def run(world: World, incidents: Mapping[str, Incident], until: datetime) -> None:
    """Applies every time-out up to `until`, each at its own instant."""
    patient = {key for key, service in world.services.items() if _is_patient(service)}
    if len(patient) == len(world.services) and not world.has_snoozes:
        return
    for incident in incidents.values():
        if incident.is_open and (incident.snoozed_until or incident.service_id not in patient):
            _run_one(world, incident, until)


def _is_patient(service: Service) -> bool:
    return service.auto_resolve_timeout is None and service.acknowledgement_timeout is None


def _run_one(world: World, incident: Incident, until: datetime) -> None:
    service = world.services[incident.service_id]
    while incident.is_open:
        quiet_ends, resolves = _quiet_ends(incident, service), due(incident.created_at, service.auto_resolve_timeout)
        next_at = min((at for at in (quiet_ends, resolves) if at is not None), default=None)
        if next_at is None or next_at > until:
            return
        if next_at == resolves:
            return world.resolve(incident, service.agent, next_at, {"type": "timeout"})
        world.trigger_again(incident, service.agent, next_at)


def _quiet_ends(incident: Incident, service: Service) -> datetime | None:
    if incident.status != "acknowledged" or incident.acknowledged_at is None:
        return None
    return incident.snoozed_until or due(incident.acknowledged_at, service.acknowledgement_timeout)
