"""Ahead: what the rules will say if all is seen as now: what shows will show the same, what is unseen stays so."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from incidentd.model.inventory import Inventory, SweepRecord
from incidentd.model.places import Places, places_in
from incidentd.model.policy import Policy
from incidentd.policy.assess import judge
from incidentd.policy.releases import Releases
from incidentd.policy.settlement import Standard
from incidentd.policy.sightings import Sightings

_TICK = timedelta(microseconds=1)


def unchanged_until(inventory: Inventory, at: datetime, intervals: Mapping[str, timedelta]) -> Inventory:
    """The inventory at a later instant, each source swept on time until then, and nothing seen otherwise.

    `intervals`: the time between two sweeps, by source; what is not among them is not swept any more. An address that
    never answered stays expected, also where a day without it in DNS would end that.
    """
    sweeps = MappingProxyType(
        {name: _swept_until(at, sweep, intervals.get(name)) for name, sweep in inventory.sweeps.items()}
    )
    return replace(inventory, places=Places(places_in(inventory).kept, sweeps), sweeps=sweeps)


def _swept_until(at: datetime, last: SweepRecord, every: timedelta | None) -> SweepRecord:
    times = (at - last.started_at) // every if every else 0
    if every is None or times < 1:
        return last
    began = last.started_at + times * every
    return replace(last, sequence=last.sequence + times, started_at=began, finished_at=began)


def wanted_from(
    fingerprint: str, sightings: Sightings, policy: Policy, releases: Releases, now: datetime, at: datetime
) -> datetime:
    """The instant from now on after which an incident is wanted that will be wanted at `at`: by time alone."""
    moment, nudged = now, False
    while moment < at:
        one = judge(fingerprint, sightings, Standard(moment, policy.close_after), policy, releases=releases)
        if one.assessment.wants_incident:
            return moment - _TICK if nudged else moment
        turns_at = one.assessment.next_change_at
        if one.until > moment:
            moment, nudged = one.until, False
        elif not nudged:
            # An instant may count as before or as after: right behind it everything has turned.
            moment, nudged = moment + _TICK, True
        elif turns_at is not None and turns_at > moment:
            moment, nudged = turns_at, False
        else:
            break
    return at
