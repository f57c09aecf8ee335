"""The composition root: settings become objects here and nowhere else."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from incidentd.daemon.heartbeat import Heartbeat
from incidentd.daemon.installation import Installation
from incidentd.errors import ConfigError
from incidentd.model.location import labels_of
from incidentd.planning.routing import Routing
from incidentd.ports import Clock, Network, Randomness, SystemClock, SystemRandomness, ThreadWorker, Worker
from incidentd.secret import SecretReference, Token
from incidentd.settings import Loaded, Settings, guard_limits_of, owners_of, policy_of, routes_of
from incidentd.sources import FilesSettings, KubernetesSettings, PushedSettings, SourceSettings, TlsSettings
from incidentd.sources.files.source import FilesSource
from incidentd.sources.interface import Lasting, Source
from incidentd.sources.kubernetes.extra import needs_extra
from incidentd.sources.kubernetes.fence import FencedNetwork
from incidentd.sources.pushed.source import PushedSource
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.network import TlsNetwork
from incidentd.sources.tls.source import TlsSource
from incidentd.store.opening import open_store
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

_DIALECTS: dict[Flavour, type[Dialect]] = {Flavour.CLOUD: Cloud, Flavour.DATACENTER: DataCenter}


@dataclass(frozen=True, slots=True)
class World:
    """The ports: everything that a test or the demo may put its own in place of."""

    clock: Clock = field(default_factory=SystemClock)
    randomness: Randomness = field(default_factory=SystemRandomness)
    worker: Worker = field(default_factory=ThreadWorker)
    network: Network | None = None
    """None: the real one."""
    transport: Transport | None = None
    """None: the real one."""


@asynccontextmanager
async def installed(
    loaded: Loaded, world: World | None = None, *, read_only: bool = False
) -> AsyncIterator[Installation]:
    """Everything built, and given back at the end. `read_only` leaves no trace in the state."""
    ports = world or World()
    network = ports.network or TlsNetwork()
    transport = ports.transport or Transport(ports.clock, ports.randomness)
    store = await ports.worker.run(lambda: open_store(loaded.state_url, read_only=read_only))
    built: Mapping[str, Source] = {}
    try:
        await ports.worker.run(lambda: _same_instance(store, loaded.settings))
        installation = _installation(loaded, ports, network, transport, store)
        built = installation.sources
        yield installation
    finally:
        await _closed(built.values())
        await ports.worker.run(store.close)
        if ports.transport is None:
            await transport.close()
        if isinstance(network, TlsNetwork) and ports.network is None:
            network.close()


def _installation(
    loaded: Loaded, ports: World, network: Network, transport: Transport, store: SqlStore
) -> Installation:
    settings, folder, policy = loaded.settings, loaded.folder, policy_of(loaded.settings)
    trackers = {
        name: _tracker(name, chosen, folder, ports, transport, store, settings.web.public_url)
        for name, chosen in settings.trackers_in_use.items()
    }
    return Installation(
        instance=settings.instance,
        observes_only=settings.mode.value == "observe",
        clock=ports.clock,
        randomness=ports.randomness,
        worker=ports.worker,
        store=store,
        sources=_sources(loaded, ports, network),
        intervals=settings.intervals,
        made_as={name: _digest(chosen) for name, chosen in settings.sources.items()},
        trackers=trackers,
        policy=policy,
        limits=guard_limits_of(settings),
        routing=Routing(routes_of(settings), owners_of(settings, folder), policy.pushed_sources),
        reconcile_every=settings.schedule.reconcile_every,
        owner=ports.randomness.token(),
        edits_release_tickets=settings.releases.edit_tickets,
        self_tracker=settings.self_tracker,
        heartbeat=Heartbeat(transport, settings.heartbeat.url) if settings.heartbeat.url else None,
        preflights=_preflights(loaded, ports, transport),
    )


@dataclass(frozen=True, slots=True)
class Outside:
    """What a configuration reaches out to, without its state: to be looked at before anything depends on it."""

    sources: Mapping[str, Source]
    preflights: Mapping[str, Preflight]


@asynccontextmanager
async def outside(loaded: Loaded, network: Network, world: World | None = None) -> AsyncIterator[Outside]:
    """Built and given back at the end, but for the network, which is the caller's. The state is not touched."""
    ports = world or World()
    transport = ports.transport or Transport(ports.clock, ports.randomness)
    sources = _sources(loaded, ports, network)
    try:
        yield Outside(sources, _preflights(loaded, ports, transport))
    finally:
        await _closed(sources.values())
        if ports.transport is None:
            await transport.close()


def _digest(chosen: SourceSettings) -> str:
    return hashlib.sha256(chosen.model_dump_json().encode()).hexdigest()


def _sources(loaded: Loaded, ports: World, network: Network) -> dict[str, Source]:
    chosen = loaded.settings.sources.items()
    return {name: _source(name, one, loaded, ports, network) for name, one in chosen}


def _preflights(loaded: Loaded, ports: World, transport: Transport) -> dict[str, Preflight]:
    chosen = loaded.settings.trackers_in_use.items()
    looks = {name: _preflight(name, one, loaded.folder, ports, transport) for name, one in chosen}
    return {name: look for name, look in looks.items() if look is not None}


def _same_instance(store: SqlStore, settings: Settings) -> None:
    before = store.instance(settings.instance)
    if before != settings.instance:
        raise ConfigError(
            f"this state belongs to the instance {before!r}, the configuration says {settings.instance!r}",
            where="instance",
            hint="put the old name back: incidents are known by it",
        )


def _source(name: str, chosen: SourceSettings, loaded: Loaded, ports: World, network: Network) -> Source:
    folder = loaded.folder
    match chosen:
        case TlsSettings():
            return TlsSource(name, chosen, folder, network, ports.clock, ports.worker)
        case FilesSettings():
            return FilesSource(name, chosen, folder, ports.clock, ports.worker)
        case KubernetesSettings():
            return _kubernetes(name, chosen, folder, ports, network)
        case PushedSettings():
            tokens = tuple(Token(folder / file) for file in chosen.token_files.values())
            return PushedSource(name, chosen, loaded.settings.intervals[name], tokens, ports.clock)
        case never:
            assert_never(never)


def _kubernetes(name: str, chosen: KubernetesSettings, folder: Path, ports: World, network: Network) -> Source:
    needs_extra(name)
    # Only who has a cluster pays for its client.
    from incidentd.sources.kubernetes.source import KubernetesSource

    fenced = FencedNetwork(network, chosen.targets.allowed)
    looker = TlsLooker(name, fenced, ports.clock, labels_of(chosen.labels))
    return KubernetesSource(name, chosen, folder, ports.clock, ports.worker, looker=looker)


async def _closed(sources: Iterable[Source]) -> None:
    for source in sources:
        if isinstance(source, Lasting):
            await source.close()


def _tracker(
    name: str,
    chosen: TrackerSettings,
    folder: Path,
    ports: World,
    transport: Transport,
    store: SqlStore,
    board_url: str | None,
) -> Tracker:
    match chosen:
        case LocalSettings():
            return LocalTracker(name, store, ports.worker, ports.clock)
        case PagerDutySettings():
            return _pagerduty(name, chosen, folder, ports, transport, store, board_url)
        case JiraSettings():
            return _jira(name, chosen, folder, ports, transport, board_url)
        case never:
            assert_never(never)


def _preflight(
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
