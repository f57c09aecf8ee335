"""What every source owes: each known place accounted for, its own name on everything, no exception for the world."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role
from incidentd.ports import ThreadWorker
from incidentd.sandbox.network import SandboxNetwork
from incidentd.secret import Token
from incidentd.sources import SOURCE_KINDS, FilesSettings, KubernetesSettings, PushedSettings, TlsSettings
from incidentd.sources.files.source import FilesSource
from incidentd.sources.interface import Source
from incidentd.sources.kubernetes.fence import FencedNetwork
from incidentd.sources.kubernetes.source import KubernetesSource
from incidentd.sources.pushed.source import PushedSource
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.network import TlsNetwork
from incidentd.sources.tls.source import TlsSource
from tests.sources.world import NOW, StandingClock, accounted, issued, remembered

Make = Callable[[Path, TlsNetwork], Source]


def _tls(folder: Path, network: TlsNetwork) -> Source:
    settings = TlsSettings.model_validate({"kind": "tls", "targets": ["a.test", "127.0.0.1:1"]})
    return TlsSource("one", settings, folder, SandboxNetwork({}, network), StandingClock(), ThreadWorker())


def _files(folder: Path, network: TlsNetwork) -> Source:
    (folder / "a.pem").write_bytes(issued().chain_pem)
    settings = FilesSettings.model_validate({"kind": "files", "paths": [".", "no/such/folder", "b.pem"]})
    return FilesSource("one", settings, folder, StandingClock(), ThreadWorker())


def _kubernetes(folder: Path, network: TlsNetwork) -> Source:
    """Its API server is not there: then all that is known is unseen, or is none of its own."""
    (folder / "kubeconfig").write_text(_KUBECONFIG)
    settings = KubernetesSettings.model_validate({"kind": "kubernetes", "cluster": "one", "kubeconfig": "kubeconfig"})
    looker = TlsLooker("one", FencedNetwork(SandboxNetwork({}, network), settings.targets.allowed), StandingClock())
    return KubernetesSource("one", settings, folder, StandingClock(), ThreadWorker(), looker=looker)


_KUBECONFIG = """
current-context: one
contexts: [{name: one, context: {cluster: one, user: one}}]
clusters: [{name: one, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: one, user: {token: one}}]
"""


def _pushed(folder: Path, network: TlsNetwork) -> Source:
    (folder / "token").write_text("secret")
    settings = PushedSettings.model_validate({"kind": "pushed", "token_file": "token"})
    tokens = tuple(Token(secret) for secret in settings.tokens(folder).values())
    return PushedSource("one", settings, timedelta(hours=1), tokens, StandingClock())


KINDS: dict[type, Make] = {
    TlsSettings: _tls,
    FilesSettings: _files,
    KubernetesSettings: _kubernetes,
    PushedSettings: _pushed,
}


def test_every_kind_of_source_is_held_to_this() -> None:
    """A new one has to be added here."""
    assert set(KINDS) == set(SOURCE_KINDS)


@pytest.fixture(params=[pytest.param(make, id=kind.__name__) for kind, make in KINDS.items()])
def swept(request: pytest.FixtureRequest, tmp_path: Path, network: TlsNetwork) -> Source:
    make: Make = request.param
    return make(tmp_path, network)


def _known(source: Source, folder: Path) -> list[Place]:
    uris = [
        "tls://a.test:443",
        "tls://127.0.0.1:1",
        "tls://left.test:443",
        f"file://{folder}/a.pem",
        f"file://{folder}/b.pem",
        f"file://{folder}/c.pem",
        f"file://{folder}",
        f"file://{folder}/no/such/folder/d.pem",
        "file:///elsewhere/e.pem",
        "k8s://one/shop/certificate/web",
        "k8s://one/shop/secret/web#tls.crt",
        "k8s://two/shop/ingress/web",
    ]
    locations = [Location(uri, source.name, Role.STORED) for uri in uris]
    return [place for at in locations for place in (remembered(at, ""), Place(at))]


async def test_every_known_place_is_accounted_for(swept: Source, tmp_path: Path) -> None:
    """Seen, unseen or gone, whether certificates were ever seen there or not; not even strange ones are forgotten."""
    for place in _known(swept, tmp_path):
        sweep = await swept.sweep([place])
        assert place.location.uri in accounted(sweep)


async def test_a_sweep_carries_the_name_and_the_times_of_its_source(swept: Source, tmp_path: Path) -> None:
    """On the sweep itself and on every location in it."""
    sweep = await swept.sweep(_known(swept, tmp_path)[::2])
    said = [*(one.location for one in sweep.observations), *(one.location for one in sweep.gaps)]
    assert {one.source for one in said} == {sweep.source} == {swept.name}
    assert (sweep.started_at, sweep.finished_at) == (NOW, NOW)


async def test_two_sweeps_of_an_unchanged_world_say_the_same(swept: Source, tmp_path: Path) -> None:
    """In the same order: what does not change causes no writes."""
    known = _known(swept, tmp_path)[::2]
    assert await swept.sweep(known) == await swept.sweep(known)
