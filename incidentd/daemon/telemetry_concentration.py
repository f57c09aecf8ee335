"""Telemetry of concentrations: as they were found last; nothing before anybody asked. No label holds outside text."""

from collections import Counter
from collections.abc import Mapping

from incidentd.model.concentration import ConcentrationKind, Finding, Review

STATES = ("open", "accepted")


def concentrations(review: Review | None) -> Mapping[tuple[str, ...], float]:
    """How many of each kind and state stand by themselves."""
    if review is None:
        return {}
    found = Counter((one.concentration.kind, one.waiver is not None) for one in review.findings)
    return {
        (kind.value, state): float(found[(kind, bool(accepted))])
        for kind in ConcentrationKind
        for accepted, state in enumerate(STATES)
    }


def next_window(review: Review | None) -> Mapping[tuple[str, ...], float]:
    """When the first certificate ends of those that end together and that nobody accepted."""
    begins = (window.begins_at for one in _standing(review) for window in one.concentration.windows)
    earliest = min(begins, default=None)
    return {} if earliest is None else {(): earliest.timestamp()}


def unknown_waivers(review: Review | None) -> Mapping[tuple[str, ...], float]:
    """How many waivers name no concentration."""
    return {} if review is None else {(): float(len(review.strays))}


def _standing(review: Review | None) -> tuple[Finding, ...]:
    return tuple(one for one in review.findings if one.waiver is None) if review else ()
