"""Trackers, and a look at each, as their settings describe them."""

from pathlib import Path
from typing import assert_never

from incidentd.secret import SecretReference
from incidentd.store.sql import SqlStore
from incidentd.trackers import JiraSettings, LocalSettings, PagerDutySettings, TrackerSettings
from incidentd.trackers.interface import Preflight, Tracker
from incidentd.trackers.jira.cloud import Cloud
from incidentd.trackers.jira.datacenter import DataCenter
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.preflight import JiraPreflight
from incidentd.trackers.jira.settings import Flavour
from incidentd.trackers.jira.tracker import JiraTracker
from incidentd.trackers.local.tracker import LocalTracker
from incidentd.trackers.pagerduty.budget import EventBudget
from incidentd.trackers.pagerduty.keys import RoutingKeys
from incidentd.trackers.pagerduty.preflight import PagerDutyPreflight
from incidentd.trackers.pagerduty.tracker import PagerDutyTracker
from incidentd.trackers.pagerduty.unverified import UnverifiedPagerDutyTracker
from incidentd.transport import Transport
from incidentd.wiring.world import World

_DIALECTS: dict[Flavour, type[Dialect]] = {Flavour.CLOUD: Cloud, Flavour.DATACENTER: DataCenter}


def tracker_of(
    name: str,
    chosen: TrackerSettings,
    folder: Path,
    ports: World,
    transport: Transport,
    store: SqlStore,
    board_url: str | None,
) -> Tracker:
    """It, with nothing asked yet."""
    match chosen:
        case LocalSettings():
            return LocalTracker(name, store, ports.worker, ports.clock)
        case PagerDutySettings():
            return _pagerduty(name, chosen, folder, ports, transport, store, board_url)
        case JiraSettings():
            return _jira(name, chosen, folder, ports, transport, board_url)
        case never:
            assert_never(never)


def preflight_of(
    name: str, chosen: TrackerSettings, folder: Path, ports: World, transport: Transport
) -> Preflight | None:
    """None where there is nothing outside to look at."""
    match chosen:
        case LocalSettings():
            return None
        case PagerDutySettings():
            token = chosen.api_token_reference(folder)
            return PagerDutyPreflight(
                name,
                transport,
                ports.clock,
                routing_key=chosen.routing_key_reference(folder).read,
                api_token=token.read if token else None,
                from_email=chosen.from_email or "",
                service=chosen.service,
                events_url=chosen.events_url,
                api_url=chosen.api_url,
                priorities=tuple(chosen.priorities.values()),
            )
        case JiraSettings():
            return JiraPreflight(
                name,
                transport,
                ports.clock,
                base_url=chosen.base_url,
                api_token=(chosen.api_token_reference(folder) or SecretReference()).read,
                email=chosen.email,
                project=chosen.project,
                issue_type=chosen.issue_type,
                fields=chosen.fields,
                index_lag=chosen.index_lag,
                dialect=_DIALECTS[chosen.flavour](),
            )
        case never:
            assert_never(never)


def _pagerduty(
    name: str,
    chosen: PagerDutySettings,
    folder: Path,
    ports: World,
    transport: Transport,
    store: SqlStore,
    board_url: str | None,
) -> Tracker:
    keys = RoutingKeys(chosen.routing_key_reference(folder).read, lambda: chosen.earlier_routing_keys_now(folder))
    budget = EventBudget(store, ports.worker, ports.clock)
    token = chosen.api_token_reference(folder)
    if token is None:
        return UnverifiedPagerDutyTracker(
            name, transport, ports.clock, keys=keys, budget=budget, events_url=chosen.events_url, board_url=board_url
        )
    return PagerDutyTracker(
        name,
        transport,
        ports.clock,
        keys=keys,
        budget=budget,
        api_token=token.read,
        from_email=chosen.from_email or "",
        service=chosen.service,
        priorities=chosen.priorities,
        events_url=chosen.events_url,
        api_url=chosen.api_url,
        board_url=board_url,
    )


def _jira(
    name: str, chosen: JiraSettings, folder: Path, ports: World, transport: Transport, board_url: str | None
) -> Tracker:
    token = chosen.api_token_reference(folder)
    return JiraTracker(
        name,
        transport,
        ports.clock,
        base_url=chosen.base_url,
        api_token=token.read if token else SecretReference().read,
        email=chosen.email,
        project=chosen.project,
        issue_type=chosen.issue_type,
        fields=chosen.fields,
        index_lag=chosen.index_lag,
        dialect=_DIALECTS[chosen.flavour](),
        board_url=board_url,
    )
