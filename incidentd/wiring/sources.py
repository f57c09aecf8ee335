"""Sources as their settings describe them."""

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import assert_never

from incidentd.model.location import labels_of
from incidentd.ports import Network
from incidentd.secret import Token
from incidentd.settings import Loaded, Settings
from incidentd.sources import FilesSettings, KubernetesSettings, PushedSettings, SourceSettings, TlsSettings
from incidentd.sources.files.source import FilesSource
from incidentd.sources.interface import Lasting, Source
from incidentd.sources.kubernetes.extra import needs_extra
from incidentd.sources.kubernetes.fence import FencedNetwork
from incidentd.sources.pushed.source import PushedSource
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.source import TlsSource
from incidentd.wiring.world import World


def digest_of(chosen: SourceSettings | Settings, besides: Collection[str] = ()) -> str:
    """Another one for other settings, and the same on every machine that reads these; but for those `besides`."""
    return hashlib.sha256(chosen.model_dump_json(exclude=set(besides)).encode()).hexdigest()


def source_of(name: str, chosen: SourceSettings, loaded: Loaded, ports: World, network: Network) -> Source:
    """It, with nothing looked at yet. Raises ConfigError where what it needs is not installed."""
    folder = loaded.folder
    match chosen:
        case TlsSettings():
            return TlsSource(name, chosen, folder, network, ports.clock, ports.worker)
        case FilesSettings():
            return FilesSource(name, chosen, folder, ports.clock, ports.worker)
        case KubernetesSettings():
            return _kubernetes(name, chosen, folder, ports, network)
        case PushedSettings():
            tokens = tuple(Token(secret) for secret in chosen.tokens(folder).values())
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


async def close_all(sources: Iterable[Source]) -> None:
    """What lasts beyond a sweep is ended."""
    for source in sources:
        if isinstance(source, Lasting):
            await source.close()
