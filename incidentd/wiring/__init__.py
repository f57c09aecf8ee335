"""The composition root: settings become objects here and nowhere else."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from incidentd.daemon.heartbeat import Heartbeat
from incidentd.daemon.installation import Installation
from incidentd.errors import ConfigError
from incidentd.planning.routing import Routing
from incidentd.ports import Network
from incidentd.settings import Loaded, Settings, guard_limits_of, owners_of, policy_of, routes_of
from incidentd.sources.interface import Source
from incidentd.sources.tls.network import TlsNetwork
from incidentd.store.opening import open_store
from incidentd.store.sql import SqlStore
from incidentd.trackers.interface import Preflight
from incidentd.transport import Transport
from incidentd.wiring.sources import close_all, digest_of, source_of
from incidentd.wiring.trackers import preflight_of, tracker_of
from incidentd.wiring.world import World

__all__ = ["Outside", "World", "installed", "outside"]


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
        await close_all(built.values())
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
        name: tracker_of(name, chosen, folder, ports, transport, store, settings.web.public_url)
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
        made_as={name: digest_of(chosen) for name, chosen in settings.sources.items()},
        decides_as=digest_of(settings, besides={"state", "web"}),
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
        await close_all(sources.values())
        if ports.transport is None:
            await transport.close()


def _sources(loaded: Loaded, ports: World, network: Network) -> dict[str, Source]:
    chosen = loaded.settings.sources.items()
    return {name: source_of(name, one, loaded, ports, network) for name, one in chosen}


def _preflights(loaded: Loaded, ports: World, transport: Transport) -> dict[str, Preflight]:
    chosen = loaded.settings.trackers_in_use.items()
    looks = {name: preflight_of(name, one, loaded.folder, ports, transport) for name, one in chosen}
    return {name: look for name, look in looks.items() if look is not None}


def _same_instance(store: SqlStore, settings: Settings) -> None:
    before = store.instance(settings.instance)
    if before != settings.instance:
        raise ConfigError(
            f"this state belongs to the instance {before!r}, the configuration says {settings.instance!r}",
            where="instance",
            hint="put the old name back: incidents are known by it",
        )
