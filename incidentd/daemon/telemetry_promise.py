"""Telemetry of the promise: how many certificates have neither an incident nor an exemption, by the last pass."""

from collections.abc import Mapping

from incidentd.daemon.status import Status
from incidentd.planning.promise import register


def unkept(status: Status) -> Mapping[tuple[str, ...], float]:
    """Production certificates inside their window with neither; nothing before the first decision."""
    decision = status.decision
    if decision is None:
        return {}
    entries = register(decision.assessments.values(), decision.inventory.certificates, status.records)
    return {(): float(sum(not entry.is_kept for entry in entries))}
