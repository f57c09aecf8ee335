"""What a cluster serves: looked at over real sockets, with the words of its objects and of cert-manager."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Controller, Location, Role, labels_of
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.sandbox.ca import Issued as Chain
from incidentd.sandbox.endpoints import TlsEndpoint
from incidentd.sources.kubernetes.allowing import AllowList, allow_list_of
from incidentd.sources.kubernetes.endpoints import Endpoints, Served
from incidentd.sources.kubernetes.fence import FencedNetwork
from incidentd.sources.kubernetes.issuing import issuances_of
from incidentd.sources.kubernetes.objects import Failure, Kind, Listing
from incidentd.sources.kubernetes.speaking import Issued
from incidentd.sources.kubernetes.tenants_settings import Trusted
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.network import TlsNetwork
from tests.sources.kubernetes.far import FarNetwork
from tests.sources.kubernetes.fixtures import listings, named
from tests.sources.world import NOW, VALID_UNTIL, StandingClock, issued, remembered

PUBLIC, OTHER = "203.0.114.7", "203.0.114.8"
SHOP, WWW = "tls://shop.example.net:443", "tls://www.shop.example.net:443"
NAMES = {"shop.example.net": (PUBLIC,), "www.shop.example.net": (PUBLIC,), "evil.test": (OTHER,)}
CHAIN = issued("shop.example.net", "www.shop.example.net")
INGRESS = named("web/shop", "Ingress")


@dataclass(slots=True)
class Stage:
    """A cluster's objects, and the far-away internet that its endpoints are on."""

    far: FarNetwork
    endpoint: TlsEndpoint

    async def look(
        self,
        *things: dict[str, Any],
        known: Sequence[Place] = (),
        allowed: AllowList | None = None,
        trusted: tuple[Trusted, ...] = (),
        certificates: Sequence[dict[str, Any]] = (),
        failing: dict[Kind, Failure] | None = None,
        unread: Sequence[Kind] = (),
        namespaces: tuple[str, ...] = (),
    ) -> Served:
        allows = allow_list_of(("*.example.net",)) if allowed is None else allowed
        looker = TlsLooker("kube", FencedNetwork(self.far, allows), StandingClock(), labels_of({"env": "prod"}))
        endpoints = Endpoints("kube", "c1", allows, trusted, looker, StandingClock(), namespaces)
        listed = {kind: one for kind, one in listings(*things).items() if kind not in unread}
        for kind, failure in (failing or {}).items():
            listed[kind] = Listing(listed[kind].objects, (failure,))
        del listed[Kind.CERTIFICATES]
        return await endpoints.look_at_all(listed, Issued(issuances_of(certificates)), known)


@pytest.fixture
async def stage(network: TlsNetwork) -> AsyncIterator[Stage]:
    async with TlsEndpoint(CHAIN, address="127.0.3.1") as endpoint:
        home = ("127.0.3.1", endpoint.port)
        yield Stage(FarNetwork(network, NAMES, {(PUBLIC, 443): home}), endpoint)


def seen(served: Served) -> dict[str, str]:
    return {one.location.uri: one.chain[0].fingerprint for one in served.look.observations}


def unseen(served: Served) -> dict[str, GapReason]:
    return {one.location.uri: one.reason for one in served.look.gaps}


def gone(served: Served) -> dict[str, tuple[AbsenceKind, str]]:
    return {one.location.uri: (one.kind, one.group) for one in served.look.absences}


def place(uri: str, controller: Controller | None = None, **labels: str) -> Place:
    name = uri.split("/")[2].split(":")[0]
    return remembered(Location(uri, "kube", Role.SERVED, labels_of(labels), name, controller), PUBLIC)


def ingress(name: str, *hosts: str, **annotations: str) -> dict[str, Any]:
    written = {f"incidentd.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    metadata = {"namespace": "web", "name": name, "annotations": written}
    return {"kind": "Ingress", "metadata": metadata, "spec": {"tls": [{"hosts": list(hosts)}]}}


def certificate(chain: Chain = CHAIN, **status: Any) -> dict[str, Any]:
    """cert-manager's Certificate for the shop, whose status is of this chain."""
    thing = named("web/shop", "Certificate")
    ends, renews = chain.certificate.not_valid_after_utc, chain.certificate.not_valid_after_utc - timedelta(days=30)
    times = {"notAfter": f"{ends:%Y-%m-%dT%H:%M:%SZ}", "renewalTime": f"{renews:%Y-%m-%dT%H:%M:%SZ}"}
    return {**thing, "status": {**thing["status"], **times, **status}}


async def test_what_an_ingress_exposes_is_seen_with_its_words(stage: Stage) -> None:
    """The object, its namespace and its annotations as labels, over those of the source."""
    served = await stage.look(INGRESS)
    assert seen(served) == {SHOP: CHAIN.fingerprint, WWW: CHAIN.fingerprint}
    location = served.look.observations[0].location
    assert (location.source, location.role, location.asked_name) == ("kube", Role.SERVED, "shop.example.net")
    assert dict(location.labels) == {
        "env": "prod",
        "exposed_by": "ingress/web/shop",
        "namespace": "web",
        "owner": "storefront-sre",
        "service": "shop",
    }


async def test_one_tenant_takes_nobody_elses_place_out_of_production(stage: Stage) -> None:
    """Its own it may, where that is trusted."""
    mine, theirs = ingress("mine", "shop.example.net", env="dev"), ingress("theirs", "shop.example.net")
    for things, env in (([mine], "dev"), ([mine, theirs], "prod")):
        served = await stage.look(*things, trusted=(Trusted.ENV,))
        assert served.look.observations[0].location.label("env") == env
    assert (await stage.look(mine)).look.observations[0].location.label("env") == "prod"


async def test_what_an_annotation_says_wrongly_is_told(stage: Stage) -> None:
    """With the object that says so."""
    served = await stage.look(ingress("mine", "shop.example.net", env="\n"), trusted=(Trusted.ENV,))
    assert [(one.about, one.text[:35]) for one in served.remarks] == [
        ("ingress/web/mine", "annotation incidentd.io/env does no")
    ]


async def test_cert_manager_speaks_of_what_is_served(stage: Stage) -> None:
    """No Secret was read for that."""
    served = await stage.look(INGRESS, certificates=[certificate()])
    renews_at = VALID_UNTIL - timedelta(days=30)
    expected = Controller("cert-manager", ready=True, renews_at=renews_at)
    assert [one.location.controller for one in served.look.observations] == [expected, expected]
    assert served.told == {"cert-manager certificate/web/shop"}
    failing = await stage.look(INGRESS, certificates=[certificate(failedIssuanceAttempts=2)])
    said = failing.look.observations[0].location.controller
    assert said is not None and (said.ready, said.trouble) == (False, "its last issuance failed")
    other = await stage.look(INGRESS, certificates=[certificate(issued("a.test"), notAfter="2026-12-01T00:00:00Z")])
    assert (other.look.observations[0].location.controller, other.told) == (None, frozenset())


async def test_an_endpoint_that_does_not_answer_keeps_its_controller(stage: Stage) -> None:
    """A gap takes no exemption away by itself: blindness does, later."""
    controller = Controller("cert-manager", ready=True, renews_at=NOW)
    stage.far.homes = {}
    served = await stage.look(INGRESS, certificates=[certificate()], known=[place(SHOP, controller)])
    said = {one.location.uri: one.location.controller for one in served.look.gaps}
    assert said == {SHOP: controller, WWW: None}


async def test_what_nobody_allows_is_no_place_and_is_told(stage: Stage) -> None:
    """Nobody asks for its name, nobody connects."""
    served = await stage.look(ingress("evil", "evil.test", "169.254.169.254", "*.wild.example.net"))
    assert (served.look.gaps, served.look.observations, stage.far.asked) == ((), (), [])
    assert [one.text.partition(":")[0] for one in served.remarks] == [
        "*.wild.example.net is no name that could be asked for",
        "evil.test is not looked at",
        "169.254.169.254 is not looked at",
    ]


async def test_with_ranges_alone_it_depends_on_the_addresses(stage: Stage) -> None:
    """One within is looked at, one without is none of ours; but what was ours once is a gap, not an absence."""
    ranges = allow_list_of((f"{PUBLIC}/32",))
    thing = ingress("both", "shop.example.net", "evil.test", "no.such.test")
    served = await stage.look(thing, allowed=ranges)
    assert (list(seen(served)), unseen(served)) == ([SHOP], {})
    assert [one.text.partition(":")[0] for one in served.remarks] == [
        "evil.test is not looked at",
        "no.such.test is not looked at",
    ]
    known = [place("tls://evil.test:443"), place("tls://no.such.test:443")]
    again = await stage.look(thing, allowed=ranges, known=known)
    assert unseen(again) == {
        "tls://evil.test:443": GapReason.NOT_ALLOWED,
        "tls://no.such.test:443": GapReason.UNRESOLVED,
    }
    assert stage.endpoint.connections > 0


async def test_what_no_object_exposes_any_more_is_removed(stage: Stage) -> None:
    """From its namespace; what the allow-list, or the list of kinds, left out is no longer configured."""
    old = place("tls://old.example.net:443", exposed_by="ingress/web/old", namespace="web")
    shared = place("tls://shared.example.net:443", exposed_by="ingress/api/x, service/web/y and 2 more")
    served = await stage.look(INGRESS, known=[old, shared])
    assert gone(served) == {
        old.location.uri: (AbsenceKind.REMOVED, "k8s://c1/web"),
        shared.location.uri: (AbsenceKind.REMOVED, "kube"),
    }
    other = await stage.look(INGRESS, known=[old], allowed=allow_list_of(("shop.example.net",)))
    assert gone(other) == {old.location.uri: (AbsenceKind.UNCONFIGURED, "kube")}
    refused = await stage.look(ingress("old", "old.example.net"), known=[old], allowed=AllowList())
    assert gone(refused) == {old.location.uri: (AbsenceKind.UNCONFIGURED, "kube")}
    for unwanted in ({"unread": [Kind.INGRESSES]}, {"namespaces": ("api",)}):
        left = await stage.look(known=[old], **unwanted)
        assert gone(left) == {old.location.uri: (AbsenceKind.UNCONFIGURED, "kube")}
    kept = await stage.look(known=[old], namespaces=("web",))
    assert gone(kept) == {old.location.uri: (AbsenceKind.REMOVED, "k8s://c1/web")}


async def test_who_deletes_an_ingress_takes_nothing_away_that_is_served(stage: Stage) -> None:
    """Whoever named a host that is served elsewhere could close its incident by naming it no more."""
    left = place(SHOP, exposed_by="ingress/web/shop", namespace="web", owner="me")
    [member] = left.members
    shown = replace(left, members=(replace(member, runs=(Run((CHAIN.fingerprint,), NOW, NOW, 1),)),))
    served = await stage.look(known=[shown])
    assert (seen(served), gone(served)) == ({SHOP: CHAIN.fingerprint}, {})
    assert dict(served.look.observations[0].location.labels)["owner"] == "me"
    assert [one.about for one in served.remarks] == [SHOP]
    removed = {SHOP: (AbsenceKind.REMOVED, "k8s://c1/web")}
    assert gone(await stage.look(known=[left])) == removed  # it shows something else now
    stage.far.homes = {}
    assert gone(await stage.look(known=[shown])) == removed


async def test_what_is_gone_for_a_day_is_asked_no_more(stage: Stage) -> None:
    """Every object that ever was would be asked for ever."""
    left = place(SHOP, exposed_by="ingress/web/shop", namespace="web")
    for days, asked in ((0.9, 1), (1.1, 0)):
        since = NOW - timedelta(days=days)
        absent = Run((), since, NOW, 9, AbsenceKind.REMOVED)
        known = replace(left, members=(Member(PUBLIC, (absent,)),))
        stage.far.asked.clear()
        assert gone(await stage.look(known=[known])) == {SHOP: (AbsenceKind.REMOVED, "k8s://c1/web")}
        assert len(stage.far.asked) == asked


FORBIDDEN = Failure(None, GapReason.PERMISSION, "forbidden")


async def test_what_cannot_be_listed_is_looked_at_all_the_same(stage: Stage) -> None:
    """The API is one thing, the endpoint another; only without an answer of its own it is a gap."""
    known = [
        place(SHOP, exposed_by="ingress/web/shop", namespace="web", owner="me"),
        place("tls://silent.example.net:443", exposed_by="ingress/web/silent"),
    ]
    served = await stage.look(known=known, failing={Kind.INGRESSES: FORBIDDEN})
    assert seen(served) == {SHOP: CHAIN.fingerprint} and gone(served) == {}
    assert dict(served.look.observations[0].location.labels)["owner"] == "me"
    assert unseen(served) == {"tls://silent.example.net:443": GapReason.UNRESOLVED}


@pytest.mark.parametrize(
    ("exposed_by", "kind", "namespace", "is_kept"),
    [
        ("ingress/web/shop", Kind.INGRESSES, "web", True),
        ("ingress/web/shop", Kind.INGRESSES, "api", False),
        ("ingress/web/shop", Kind.SERVICES, None, False),
        ("gateway/web/edge", Kind.HTTPROUTES, "api", True),
        ("ingress/web/a, service/api/b", Kind.SERVICES, "api", True),
        ("", Kind.SERVICES, "api", True),
    ],
)
async def test_only_what_could_expose_it_has_to_be_read(
    stage: Stage, exposed_by: str, kind: Kind, namespace: str | None, is_kept: bool
) -> None:
    """Routes may stand anywhere; what says nothing of its origin may come from anything."""
    known = place(SHOP, exposed_by=exposed_by) if exposed_by else place(SHOP)
    failing = {kind: replace(FORBIDDEN, namespace=namespace)}
    served = await stage.look(known=[known], failing=failing)
    assert bool(gone(served)) is not is_kept and bool(seen(served)) is is_kept


@pytest.mark.parametrize("uri", ["file:///elsewhere", "tls://other.example.net:443"])
async def test_a_place_that_came_from_no_object_is_not_ours_to_remove(stage: Stage, uri: str) -> None:
    """Where several sources push as one, each is told of all places."""
    strange = Place(Location(uri, "kube", Role.STORED))
    assert gone(await stage.look(INGRESS, known=[strange])) == {uri: (AbsenceKind.UNCONFIGURED, "kube")}
