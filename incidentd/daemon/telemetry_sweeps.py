"""What is measured of sweeps: when each source was looked at last, and when those that are pushed were heard."""

from collections import Counter
from collections.abc import Mapping

from incidentd.daemon.installation import Installation, pushed_sources
from incidentd.daemon.status import Status
from incidentd.model.places import kept_places
from incidentd.sources.pushed.source import last_heard_at

Values = Mapping[tuple[str, ...], float]


def finished(_: Installation, status: Status) -> Values:
    """When the last sweep of each source ended, in Unix time."""
    return {(name,): sweep.finished_at.timestamp() for name, sweep in status.sweeps.items()}


def last_complete(_: Installation, status: Status) -> Values:
    """The same of the last one that missed nothing; no series for a source that never had one."""
    whole = {name: sweep.last_complete_at for name, sweep in status.sweeps.items()}
    return {(name,): at.timestamp() for name, at in whole.items() if at is not None}


def heard(installation: Installation, status: Status) -> Values:
    """When each pusher was heard last, in Unix time; no series for one that never was."""
    instants = {name: last_heard_at(status.sweeps.get(name)) for name in pushed_sources(installation)}
    return {(name,): at.timestamp() for name, at in instants.items() if at is not None}


def silent(installation: Installation, status: Status) -> Values:
    """By pusher: 1 where it was not heard for too long."""
    sources = pushed_sources(installation).items()
    return {(name,): float(source.is_silent(status.sweeps.get(name))) for name, source in sources}


def unseen(installation: Installation, status: Status) -> Values:
    """Places with an open gap, by source; nothing before the first decision."""
    if status.decision is None:
        return {}
    places = kept_places(status.decision.inventory)
    found = Counter(place.location.source for place in places if place.open_gaps)
    return {(name,): float(found[name]) for name in (*installation.sources, *found)}
