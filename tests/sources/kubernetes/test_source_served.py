"""A sweep of a cluster with all that it stores, serves and renews, from its API to real handshakes."""

from pathlib import Path
from typing import Any

import pytest

from incidentd.cli.doctoring.places import left_out_checks
from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.model.preflight import Subject
from incidentd.sandbox.endpoints import TlsEndpoint
from incidentd.sources.kubernetes.allowing import allow_list_of
from incidentd.sources.kubernetes.fence import FencedNetwork
from incidentd.sources.kubernetes.objects import Kind
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.network import TlsNetwork
from tests.sources.kubernetes.far import FarNetwork
from tests.sources.kubernetes.fixtures import everything, named
from tests.sources.kubernetes.stage import gone, seen, swept_by, tls_secret, unseen, uri
from tests.sources.kubernetes.standin import Cluster
from tests.sources.world import StandingClock, issued, remembered

READ = ["ingresses", "gateways", "httproutes", "services", "certificates"]
SHOP = "tls://shop.example.net:443"
CHAIN = issued("shop.example.net", "www.shop.example.net")
KINDS = {kind.resource.singular: kind for kind in Kind}
FAILING = "k8s://test/api/certificate/api"
NEVER = "k8s://test/web/certificate/new"


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster()
    for thing in everything():
        _put(made, thing)
    return made


def _put(cluster: Cluster, thing: dict[str, Any], **status: Any) -> None:
    rest = {key: part for key, part in thing.items() if key not in ("apiVersion", "kind", "metadata", "status")}
    said = {**thing.get("status", {}), **status}
    metadata = {**thing["metadata"]}
    kind = KINDS[thing["kind"].lower()]
    cluster.put(kind, metadata.pop("namespace"), metadata.pop("name"), metadata=metadata, status=said, **rest)


def _looker(network: TlsNetwork, endpoint: TlsEndpoint) -> TlsLooker:
    names = dict.fromkeys(("shop.example.net", "www.shop.example.net"), ("203.0.114.7",))
    far = FarNetwork(network, names, {("203.0.114.7", 443): ("127.0.3.1", endpoint.port)})
    return TlsLooker("kube", FencedNetwork(far, allow_list_of(("*shop.example.net",))), StandingClock())


ALLOW = {"allow": ["*shop.example.net"]}


async def test_what_it_serves_is_seen_and_its_renewals_are_heard(
    cluster: Cluster, network: TlsNetwork, tmp_path: Path
) -> None:
    """Without any right to Secrets: endpoints, who renews them, and the Certificates that fail."""
    ends = f"{CHAIN.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    _put(cluster, named("web/shop", "Certificate"), notAfter=ends)
    async with (
        TlsEndpoint(CHAIN, address="127.0.3.1") as endpoint,
        swept_by(cluster, tmp_path, looker=_looker(network, endpoint), read=READ, targets=ALLOW) as source,
    ):
        sweep = await source.sweep([])
        assert sweep.failure is None
        assert seen(sweep) == {SHOP: [CHAIN.fingerprint], "tls://www.shop.example.net:443": [CHAIN.fingerprint]}
        assert all(one.location.controller for one in sweep.observations)
        assert unseen(sweep) == dict.fromkeys((FAILING, NEVER), GapReason.NO_CERTIFICATE)
        assert [gap.text for gap in sweep.gaps] == [
            "cert-manager certificate/api/api: its last issuance failed; what it issued is seen neither in its Secret "
            "nor anywhere it is served",
            "cert-manager certificate/web/new: not ready: DoesNotExist; what it issued is seen neither in its Secret "
            "nor anywhere it is served",
        ]
        [left_out] = left_out_checks(Subject("source kube"), source)
        assert "ingress/web/tenants: *.nobody.example.net is no name that could be asked for" in left_out.text


async def test_a_trouble_that_is_over_leaves_nothing_behind(cluster: Cluster, tmp_path: Path) -> None:
    """Nor does one of which the Secret is read, and says so by its controller."""
    known = [Place(Location(one, "kube", Role.STORED)) for one in (FAILING, NEVER)]
    _put(cluster, named("web/new", "Certificate"), conditions=[{"type": "Ready", "status": "True"}])
    tls_secret(cluster, "api-tls", namespace="api")
    async with swept_by(cluster, tmp_path, read=["certificates", "secrets"]) as source:
        sweep = await source.sweep(known)
        assert list(left_out_checks(Subject("source kube"), source)) == []
    assert (unseen(sweep), sweep.complete) == ({}, True)
    assert {one: kind for one, (kind, _) in gone(sweep).items()} == dict.fromkeys(
        (FAILING, NEVER), AbsenceKind.UNCONFIGURED
    )
    assert [(one.location.uri, one.location.controller) for one in sweep.observations] == [
        (uri("api-tls", namespace="api"), None)  # what is in it is not what was issued last
    ]


async def test_a_secret_has_the_words_of_who_writes_it(cluster: Cluster, tmp_path: Path) -> None:
    """Its annotations, its namespace, and what renews it."""
    held_in_it = issued("shop.example.net")
    ends = f"{held_in_it.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    _put(cluster, named("web/shop", "Certificate"), notAfter=ends)
    tls_secret(cluster, "shop-tls", held_in_it, "web")
    thing = cluster.things[Kind.SECRETS]["web", "shop-tls"]
    thing["metadata"]["annotations"] = {"incidentd.io/owner": "storefront-sre", "incidentd.io/env": "dev"}
    async with swept_by(cluster, tmp_path, read=["certificates", "secrets"], labels={"env": "prod"}) as source:
        sweep = await source.sweep([])
    [location] = [one.location for one in sweep.observations]
    assert dict(location.labels) == {"env": "prod", "namespace": "web", "owner": "storefront-sre"}
    assert location.controller is not None and location.controller.ready


async def test_what_is_forbidden_takes_no_endpoint_away(cluster: Cluster, network: TlsNetwork, tmp_path: Path) -> None:
    """It is looked at all the same; with the right back, what no object exposes is removed."""
    cluster.forbidden.add((Kind.INGRESSES, None))
    old = "tls://old.shop.example.net:443"
    labels = (("exposed_by", "ingress/web/shop"), ("namespace", "web"))
    known = [remembered(Location(one, "kube", Role.SERVED, labels), "203.0.114.7") for one in (SHOP, old)]
    settings: dict[str, Any] = {"read": ["ingresses"], "targets": ALLOW}
    async with (
        TlsEndpoint(CHAIN, address="127.0.3.1") as endpoint,
        swept_by(cluster, tmp_path, looker=_looker(network, endpoint), **settings) as source,
    ):
        blind = await source.sweep(known)
        assert list(seen(blind)) == [SHOP] and gone(blind) == {}
        assert unseen(blind)[old] is GapReason.UNRESOLVED
        cluster.forbidden.clear()
        sweep = await source.sweep(known)
        assert gone(sweep) == {old: (AbsenceKind.REMOVED, "k8s://test/web")}
