"""What would fail together: the kinds one by one, what speaks for what, waivers, and what cannot be judged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Reason, Stage
from incidentd.model.concentration import ConcentrationKind, Unjudged
from incidentd.model.policy import Policy, Waiver
from tests.policy.baskets import (
    BEFORE_2013,
    Placed,
    at,
    authority,
    even_fleet,
    everything,
    fleet_of_2013,
    inventory_of,
    judged,
    kinds,
    leaf,
    renewed,
    reviewed,
    stored,
)
from tests.policy.builders import DAY, START

A, B, C, D = (leaf(f"{name}.example", ends * DAY) for name, ends in (("a", 100), ("b", 200), ("c", 300), ("d", 330)))
TWIN = replace(B, key_id=A.key_id)
CA, OTHER_CA = authority("Issuing CA"), authority("Other CA")
TOP, ROOT = authority("Top CA"), replace(authority("Root"), self_signed=True)
OF_CA = [leaf(f"{name}.example", 150 * DAY, issuer=CA.subject) for name in ("e", "f", "g")]
VIA = [replace(CA, issuer=TOP.subject), replace(OTHER_CA, issuer=TOP.subject)]
VAULTED = ((1, A), (2, B))


def _behind(*certificates: object, region: str = "") -> list[Placed]:
    """One endpoint of the service `shop` for each chain."""
    chains = (one if isinstance(one, tuple) else (one,) for one in certificates)
    return [at(f"h{n}", *chain, service="shop", region=region) for n, chain in enumerate(chains)]


CASES: dict[str, tuple[list[Placed], list[str]]] = {
    "a certificate in two regions": (
        [at("e", A, service="shop", region="eu"), at("u", A, service="shop", region="us"), *_behind(B, C)],
        ["same_certificate"],
    ),
    "in two regions of no service": ([at("h1", A, region="eu"), at("h2", A, region="us")], ["same_certificate"]),
    "on most of a service": (_behind(A, A, B), ["same_certificate"]),
    "on half of a service": (_behind(A, A, B, C), []),
    "on the only endpoint": (_behind(A), []),
    "on one location with several addresses": (
        [Placed(at("h", A, service="shop", region="eu").location, ((A,), (A,), (A,)))],
        [],
    ),
    "one key in two regions": (
        [at("h1", A, service="shop", region="eu"), at("h2", TWIN, service="post", region="us")],
        ["same_key"],
    ),
    "one key on most of a service": (_behind(A, TWIN, C), ["same_key"]),
    "one key at two of four": (_behind(A, TWIN, C, D), []),
    "keys that are not known": (_behind(*(replace(one, key_id="") for one in (A, B, C))), []),
    "an issuer behind most": (_behind(OF_CA[0], OF_CA[1], C), ["shared_issuer"]),
    "an issuer behind half": (_behind(OF_CA[0], OF_CA[1], C, D), []),
    "self-signed ones of one name": (
        _behind(*(replace(one, issuer="CN=localhost", self_signed=True) for one in (A, B, C))),
        [],
    ),
    "issuers that cannot be read": (_behind(*(replace(one, issuer="") for one in (A, B, C))), []),
    "an issuer with its certificate": (
        _behind((OF_CA[0], CA), (OF_CA[1], CA), C),
        ["shared_intermediate", "shared_issuer"],
    ),
    "two issuers under one intermediate": (
        _behind((OF_CA[0], VIA[0], TOP), (replace(B, issuer=OTHER_CA.subject), VIA[1], TOP)),
        ["shared_intermediate"],
    ),
    "authorities that sign each other": (
        _behind((OF_CA[0], VIA[0], replace(TOP, issuer=CA.subject)), C),
        [],
    ),
    "a root that is shown": (
        _behind((replace(A, issuer="CN=Root"), ROOT), (replace(B, issuer="CN=Root"), ROOT), C),
        ["shared_issuer"],
    ),
    "a store of what is served": (
        [*_behind(A, B, C), *(stored(f"f{n}", one) for n, one in enumerate((A, B)))],
        ["shared_store"],
    ),
    "stored ones that nobody serves": (
        [stored(f"f{n}", one, service="shop") for n, one in enumerate((A, B, C))],
        [],
    ),
    "an account by the endpoints' labels": (
        [*(at(f"a{n}", one, service="shop", account="1234") for n, one in enumerate((A, B))), *_behind(C)],
        ["shared_account"],
    ),
    "an account by the copies' labels": (
        [
            *_behind(A, B, C),
            *(stored(f"f{n}", one, account="1", source=f"v{n}") for n, one in ((1, A), (2, B))),
        ],
        ["shared_account"],
    ),
    "one certificate by one issuer": (_behind(OF_CA[0], OF_CA[0], C), ["same_certificate"]),
    "what is not production": (
        [at(f"h{n}", A, service="shop", region=f"r{n}", env="Staging") for n in range(3)],
        [],
    ),
    "a production endpoint beside others": (
        [at("h1", A, region="eu"), at("h2", A, region="us", env="test"), at("h3", A, region="asia", use="spare")],
        [],
    ),
    "an address without anything": ([at("h1", A, region="eu"), at("h2", region="us")], []),
    "a server that shows a CA as its own": (
        [at("h1", CA, region="eu"), at("h2", CA, region="us")],
        ["same_certificate"],
    ),
    "a trust bundle in two regions": (
        [stored("f1", CA, TOP, region="eu"), stored("f2", CA, TOP, region="us")],
        [],
    ),
    "one that is only stored": (
        [stored("f1", A, region="eu"), stored("f2", A, region="us")],
        ["same_certificate"],
    ),
    "a copy elsewhere of what is served": ([at("h1", A, region="eu"), stored("f2", A, region="us")], []),
}


@pytest.mark.parametrize("placed", CASES, ids=str)
def test_each_kind_is_found_where_it_is_and_nowhere_else(placed: str) -> None:
    """By the number of regions, or by more than half of a service's endpoints."""
    places, expected = CASES[placed]
    assert kinds(reviewed(*places)) == expected


def test_a_certificate_is_the_same_finding_after_its_renewal() -> None:
    """Its names make the id, and the regions, endpoints and dates do not: a waiver outlives a renewal."""
    before = reviewed(at("h1", A, region="eu"), at("h2", A, region="us"))
    after = reviewed(*(at(f"h{n}", leaf("a.example", 400 * DAY), region=f"r{n}") for n in range(4)))
    assert before.findings[0].id == after.findings[0].id
    assert before.findings[0].concentration.fingerprints != after.findings[0].concentration.fingerprints


def test_two_certificates_of_one_name_that_are_kept_apart_are_none() -> None:
    """One for each region is what a partition looks like."""
    apart = [leaf("a.example", ends * DAY, key_id=str(ends)) for ends in (100, 200)]
    assert kinds(reviewed(at("h1", apart[0], region="eu"), at("h2", apart[1], region="us"))) == []


def test_a_certificate_without_names_has_an_id_too() -> None:
    """Its subject, else itself."""
    nameless = [replace(A, names=(), subject=""), replace(B, names=())]
    found = reviewed(*(at(f"h{n}{r}", one, region=f"r{r}") for n, one in enumerate(nameless) for r in range(2)))
    assert {one.concentration.subject for one in found.findings} == {(A.fingerprint,), (B.subject,)}


def test_an_issuer_of_several_services_is_one_finding() -> None:
    """With those services alone of which it is behind more than half, and when its own certificate ends."""
    elsewhere = [at(f"p{n}", one, service="post") for n, one in enumerate((OF_CA[2], B, D))]
    both = [at("q0", OF_CA[2], service="mail"), at("q1", OF_CA[1], service="mail")]
    (found,) = reviewed(*_behind((OF_CA[0], CA), (OF_CA[1], CA)), *both, *elsewhere).findings
    assert found.concentration.kind is ConcentrationKind.SHARED_ISSUER
    assert found.concentration.services == ("mail", "shop")
    assert found.concentration.authority_ends_at == CA.not_after
    assert [share.service for share in found.concentration.shares] == ["mail", "shop"]


def test_2013_is_exactly_its_finding() -> None:
    """Three services, all their regions, one window of three minutes; all else that is shared stands in it."""
    (found,) = reviewed(*fleet_of_2013(), now=BEFORE_2013).findings
    one = found.concentration
    (window,) = one.windows
    assert one.kind is ConcentrationKind.SAME_WINDOW
    assert (one.services, one.regions) == (("blob", "queue", "table"), ("asia", "eu", "us"))
    assert (len(one.fingerprints), one.endpoints) == (3, 9)
    assert window.ends_at - window.begins_at == timedelta(minutes=2, seconds=59)
    assert [each.concentration.kind.value for each in found.includes] == ["same_certificate"] * 3 + ["shared_issuer"]


def test_2013_with_a_certificate_for_each_region_is_the_same_finding() -> None:
    """What is partitioned by region and not by time fails all the same."""
    whole = reviewed(*fleet_of_2013(), now=BEFORE_2013).findings[0]
    apart = [
        replace(one, chains=((leaf(one.location.uri, one.chains[0][0].not_after, 730 * DAY),),))
        for one in fleet_of_2013()
    ]
    (found,) = reviewed(*apart, now=BEFORE_2013).findings
    assert found.id == whole.id
    assert [each.concentration.kind.value for each in found.includes] == ["same_window"] * 3


def test_2013_renewed_in_the_store_is_still_its_finding() -> None:
    """A renewal that nobody deployed pulls nothing apart."""
    placed = fleet_of_2013()
    old = [one.chains[0][0] for one in placed]
    found = reviewed(*placed, now=BEFORE_2013, assessments=renewed(*old)).findings
    assert [one.concentration.windows[0].unrenewed for one in found] == [0]


def test_what_is_spread_evenly_is_nothing() -> None:
    """Two thousand certificates that live for 47 days, whatever they are dealt out to."""
    for services in (9, 2000):
        assert reviewed(*even_fleet(2000, 47 * DAY, services)).findings == ()


def test_an_accepted_finding_speaks_for_nothing_else() -> None:
    """To accept that they end together is not to accept that one certificate is everywhere."""
    placed = fleet_of_2013()
    id = reviewed(*placed, now=BEFORE_2013).findings[0].id
    waiver = Waiver(id, BEFORE_2013 + 30 * DAY, "split next year", "storage")
    found = reviewed(*placed, now=BEFORE_2013, policy=Policy(waivers=(waiver,)))
    assert [one.concentration.kind.value for one in found.findings] == [
        "same_window",
        "same_certificate",
        "same_certificate",
        "same_certificate",
        "shared_issuer",
    ]
    assert [one.waiver for one in found.findings] == [waiver, None, None, None, None]


def _waived(*waivers: Waiver) -> Policy:
    return Policy(waivers=waivers)


def test_a_waiver_holds_until_its_end_and_then_says_so() -> None:
    """The longest of several; the review is good until the first of these instants."""
    placed = _behind(A, A)
    (open_one,) = reviewed(*placed).findings
    short, long = (Waiver(open_one.id, START + days * DAY, "r", "o") for days in (1, 2))
    found = reviewed(*placed, policy=_waived(long, short))
    assert (found.findings[0].waiver, found.findings[0].ended, found.until) == (long, None, short.until)
    at_end = reviewed(*placed, policy=_waived(long, short), now=long.until)
    assert (at_end.findings[0].waiver, at_end.findings[0].ended) == (None, long)


def test_a_waiver_that_names_nothing_is_told_with_the_nearest() -> None:
    """A slip of the pen, and what is over."""
    (found,) = reviewed(*_behind(A, A)).findings
    wrong, gone = (Waiver(id, START + DAY, "r", "o") for id in (f"{found.id[:-1]}-", "same_key-0123456789ab"))
    strays = reviewed(*_behind(A, A), policy=_waived(wrong, gone)).strays
    assert [(stray.waiver, stray.nearest) for stray in strays] == [(wrong, found.id), (gone, "")]


def test_what_cannot_be_judged_is_counted() -> None:
    """Endpoints without labels, and certificates of a state that did not keep their keys."""
    old = replace(A, key_id="")
    placed = [
        at("h1", old, service="shop"),
        at("h2", B, region="eu"),
        at("h3", old),
        at("h4", C, service="s", region="r"),
    ]
    assert reviewed(*placed).unjudged == Unjudged(without_service=2, without_region=2, endpoints=4, without_key=1)
    assert reviewed().unjudged == Unjudged()


@pytest.mark.parametrize(
    "over",
    [judged(A, Stage.SETTLED), judged(A, Stage.EXPIRED, Reason.STALE_ARCHIVE)],
    ids=["replaced everywhere", "an old archive"],
)
def test_what_nobody_needs_any_more_fails_nobody(over: dict[str, object]) -> None:
    """A leftover in two regions is no concentration."""
    placed = [stored("f1", A, region="eu"), stored("f2", A, region="us")]
    assert reviewed(*placed, assessments=over).findings == ()  # type: ignore[arg-type]  # parametrize widens it


def test_the_same_address_in_two_sources_is_one_endpoint() -> None:
    """Who looks there twice has not two servers."""
    placed = [at("h1", A, service="shop"), at("h1", A, service="shop", source="other"), at("h2", B, service="shop")]
    assert reviewed(*placed).findings == ()
    assert len(inventory_of(placed).places) == 3


def test_findings_are_told_in_the_order_of_their_kinds() -> None:
    """And no finding is lost, whoever speaks for it."""
    found = reviewed(*fleet_of_2013(), *_behind((OF_CA[0], CA), (OF_CA[1], CA), A), now=BEFORE_2013)
    ranks = [list(ConcentrationKind).index(one.concentration.kind) for one in found.findings]
    assert ranks == sorted(ranks)
    assert len({one.id for one in everything(found)}) == len(everything(found))
