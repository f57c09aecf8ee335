"""From a cluster to the judgement: who is let off on cert-manager's word, or a tenant's, and for how long."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from incidentd.model.assessment import Assessment, Reason, Stage
from incidentd.model.inventory import Inventory
from incidentd.model.observation import Sweep
from incidentd.model.policy import Policy
from incidentd.planning.promise import promise_document, register
from incidentd.policy.assess import assess
from incidentd.policy.remember import remember
from incidentd.policy.sightings import Sightings
from incidentd.sandbox.ca import Issued as Chain
from incidentd.sandbox.endpoints import TlsEndpoint
from incidentd.sources.kubernetes.allowing import allow_list_of
from incidentd.sources.kubernetes.endpoints import Endpoints
from incidentd.sources.kubernetes.fence import FencedNetwork
from incidentd.sources.kubernetes.issuing import issuances_of
from incidentd.sources.kubernetes.objects import Kind
from incidentd.sources.kubernetes.speaking import Issued
from incidentd.sources.kubernetes.tenants_settings import Trusted
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.network import TlsNetwork
from tests.sources.kubernetes.far import FarNetwork
from tests.sources.kubernetes.fixtures import listings, named
from tests.sources.world import VALID_FROM, authority

DAY = timedelta(days=1)
CA = authority()
ISSUED_AT = VALID_FROM
OLD = CA.issue(["shop.example.net"], not_before=ISSUED_AT, not_after=ISSUED_AT + 90 * DAY)
NEW = CA.issue(["shop.example.net"], not_before=ISSUED_AT + 60 * DAY, not_after=ISSUED_AT + 150 * DAY)


@dataclass(slots=True)
class MovedClock:
    """Stands still until it is moved."""

    at: datetime = ISSUED_AT + DAY

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        return None


@dataclass(slots=True)
class Life:
    """One endpoint of a cluster, swept again and again, and what the policy says of it."""

    endpoint: TlsEndpoint
    network: TlsNetwork
    clock: MovedClock = field(default_factory=MovedClock)
    inventory: Inventory = field(default_factory=Inventory)

    async def sweep(self, days: float, status_of: Chain, annotation: str = "", **status: Any) -> Assessment:
        """That many days after the old one was issued; what is said of the old one."""
        self.clock.at = ISSUED_AT + timedelta(days=days)
        home = ("127.0.3.1", self.endpoint.port)
        far = FarNetwork(self.network, {"shop.example.net": ("203.0.114.7",)}, {("203.0.114.7", 443): home})
        allowed, trusted = allow_list_of(("*.example.net",)), tuple(Trusted)
        looker = TlsLooker("kube", FencedNetwork(far, allowed), self.clock)
        endpoints = Endpoints("kube", "c1", allowed, trusted, looker, self.clock)
        annotations = {"incidentd.io/ignore-until": annotation} if annotation else {}
        metadata = {"namespace": "web", "name": "shop", "annotations": annotations}
        ingress = {"kind": "Ingress", "metadata": metadata, "spec": {"tls": [{"hosts": ["shop.example.net"]}]}}
        issued = Issued(issuances_of([_certificate(status_of, status)]))
        known = list(self.inventory.places.values())
        del (listed := listings(ingress))[Kind.CERTIFICATES]
        look = (await endpoints.look_at_all(listed, issued, known)).look
        sweep = Sweep("kube", self.clock.at, self.clock.at, look.observations, look.gaps, look.absences)
        self.inventory, _ = remember(self.inventory, sweep, ())
        return assess(OLD.fingerprint, Sightings(self.inventory), Policy(), self.clock.at)


def _certificate(chain: Chain, status: dict[str, Any]) -> dict[str, Any]:
    thing = named("web/shop", "Certificate")
    begins, ends = chain.certificate.not_valid_before_utc, chain.certificate.not_valid_after_utc
    times = {"notBefore": begins, "notAfter": ends, "renewalTime": ends - 30 * DAY}
    written = {key: f"{at:%Y-%m-%dT%H:%M:%SZ}" for key, at in times.items()}
    spec = {**thing["spec"], "dnsNames": ["shop.example.net"]}
    return {**thing, "spec": spec, "status": {**thing["status"], **written, **status}}


@pytest.fixture
async def life(network: TlsNetwork) -> AsyncIterator[Life]:
    async with TlsEndpoint(OLD, address="127.0.3.1") as endpoint:
        yield Life(endpoint, network)


async def test_cert_managers_word_lets_off_what_is_served(life: Life) -> None:
    """Without a look at any Secret, and in the promise register with the proof."""
    let_off = await life.sweep(1, OLD)
    assert (let_off.stage, let_off.reasons) == (Stage.EXEMPT, (Reason.RENEWED_BY_AUTOMATION,))
    assert let_off.proof == f"cert-manager: ready, renews it on {ISSUED_AT + 60 * DAY:%Y-%m-%d}"
    [entry] = register([let_off], life.inventory.certificates, [])
    [row] = promise_document([entry])["certificates"]
    assert row["exemption"]["reason"] == "renewed_by_automation"


async def test_renewed_and_not_deployed_is_overdue_by_the_old_ones_time(life: Life) -> None:
    """As in 2013: the store holds the new one, clients get the old one, and the store is content."""
    await life.sweep(59, OLD)
    waiting = await life.sweep(61, NEW)
    assert waiting.stage is Stage.EXEMPT
    assert waiting.opens_at == ISSUED_AT + 60 * DAY + 4.5 * DAY
    overdue = await life.sweep(65, NEW)
    assert overdue.wants_incident and Reason.RENEWAL_OVERDUE in overdue.reasons


async def test_rolled_out_in_time_it_stays_let_off_and_settles(life: Life) -> None:
    """What is said then is of the new one."""
    await life.sweep(59, OLD)
    life.endpoint.deploy(NEW)
    raced = await life.sweep(60.01, OLD)
    new = assess(NEW.fingerprint, Sightings(life.inventory), Policy(), life.clock.at)
    assert (raced.stage, new.stage) == (Stage.EXEMPT, Stage.EXEMPT)  # the list was from a moment before
    seen = [await life.sweep(60.1 + hours / 24, NEW) for hours in range(3)]
    assert seen[-1].stage is Stage.SETTLED


async def test_a_renewal_that_fails_is_told_at_once(life: Life) -> None:
    """The condition Ready is still True: the old one is still good."""
    await life.sweep(59, OLD)
    failing = await life.sweep(60.5, OLD, failedIssuanceAttempts=1, lastFailureTime="2026-05-31T12:05:00Z")
    assert failing.wants_incident
    assert (await life.sweep(60.6, OLD)).stage is Stage.EXEMPT


async def test_a_tenants_wish_is_listed_and_ends(life: Life) -> None:
    """Thirty days at most, from when it was first seen; and it is another reason than cert-manager's word."""
    quiet: dict[str, Any] = {"conditions": []}
    ignored = await life.sweep(2, OLD, "2099-01-01", **quiet)
    assert (ignored.stage, ignored.reasons) == (Stage.EXEMPT, (Reason.EXEMPT_BY_ANNOTATION,))
    assert ignored.next_change_at == ISSUED_AT + 32 * DAY
    [entry] = register([ignored], life.inventory.certificates, [])
    [row] = promise_document([entry])["certificates"]
    assert row["exemption"]["proof"] == "annotation incidentd.io/ignore-until at tls://shop.example.net:443"
    assert (await life.sweep(31, OLD, "2099-01-01", **quiet)).stage is Stage.EXEMPT
    assert (await life.sweep(33, OLD, "2099-01-01", **quiet)).wants_incident
