"""cert-manager's word: what it says of its certificates, and of what is served for their names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Place
from incidentd.model.location import Controller, Location, Role
from incidentd.sources.kubernetes.issuing import Issuance, issuances_of
from incidentd.sources.kubernetes.speaking import Issued
from tests.sources.kubernetes.fixtures import everything, named
from tests.sources.world import NOW

ALL = issuances_of(everything())
API, NEW, SHOP = sorted((one for one in ALL), key=lambda one: one.secret)
ENDS, RENEWS = datetime(2026, 6, 30, 12, tzinfo=UTC), datetime(2026, 5, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAME = "shop.example.net"
HOME = ({"web"},)
"""It is exposed by objects of one namespace."""


def changed(name: str, **status: Any) -> Issuance:
    thing = named(name, "Certificate")
    [one] = issuances_of([{**thing, "status": {**thing["status"], **status}}])
    return one


def leaf(ends: datetime = ENDS, *names: str) -> Certificate:
    return Certificate("ab" * 32, NOW - 30 * DAY, ends, names=names or (NAME, "www.shop.example.net"))


def known(controller: Controller | None) -> Place:
    return Place(Location(f"tls://{NAME}:443", "cluster", Role.SERVED, (), NAME, controller))


def test_what_each_certificate_says() -> None:
    """Where it is, for what, until when; and how its renewal stands."""
    assert [(one.words, one.secret) for one in ALL] == [
        ("cert-manager certificate/api/api", "api-tls"),
        ("cert-manager certificate/web/new", "new-tls"),
        ("cert-manager certificate/web/shop", "shop-tls"),
    ]
    assert (SHOP.names, SHOP.not_after) == ((NAME, "www.shop.example.net"), ENDS)
    assert SHOP.controller == Controller("cert-manager", ready=True, renews_at=RENEWS)
    assert API.names == ("api.example.net", "10.1.2.3")
    assert API.controller.trouble == "its last issuance failed"
    assert NEW.controller == Controller("cert-manager", ready=False, trouble="not ready: DoesNotExist")


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        ({"conditions": []}, "does not say yet whether it is ready"),
        ({"conditions": [{"type": "Ready", "status": "Unknown", "reason": "a\nb"}]}, "not ready"),
        ({"conditions": [{"type": "Ready", "status": "False", "reason": "Expired"}]}, "not ready: Expired"),
        ({"failedIssuanceAttempts": 1}, "its last issuance failed"),
        ({"lastFailureTime": "2026-04-30T01:02:03Z"}, "its last issuance failed"),
        ({"failedIssuanceAttempts": True}, ""),
    ],
)
def test_ready_alone_is_not_enough(status: dict[str, Any], trouble: str) -> None:
    """It stays True while a renewal fails. Reasons are words, messages are nobody's."""
    one = changed("web/shop", **status)
    assert (one.controller.trouble, one.controller.ready) == (trouble, not trouble)


@pytest.mark.parametrize("thing", [{}, {"metadata": {"name": "a", "namespace": "b"}}, {"spec": {"secretName": "x"}}])
def test_what_names_no_secret_or_has_no_name_is_none(thing: dict[str, Any]) -> None:
    """An API server has no such object."""
    assert issuances_of([thing]) == ()


def test_what_is_wrong_is_said_in_words() -> None:
    """Its own trouble, an end that has passed, a renewal that is overdue by more than 5 % of the lifetime."""
    assert SHOP.wrong_at(RENEWS + 4 * DAY) is None
    assert SHOP.wrong_at(RENEWS + 5 * DAY) == "was to be renewed on 2026-05-31 12:00 UTC and was not"
    assert SHOP.wrong_at(ENDS + DAY) == "expired on 2026-06-30 12:00 UTC"
    assert API.wrong_at(NOW) == API.controller.trouble
    assert changed("web/shop", renewalTime=None).wrong_at(NOW) is None
    assert changed("web/shop", notBefore=None).wrong_at(RENEWS + timedelta(hours=7)) is not None


def test_of_what_is_served_speaks_who_issued_it() -> None:
    """For that name, with these names, and the same end to the second."""
    issued = Issued(ALL)
    assert issued.at_name(NAME, [leaf()], None, HOME) == SHOP.controller
    assert issued.at_name("SHOP.example.net.", [leaf(), leaf()], None, HOME) == SHOP.controller
    assert [one.words for one in issued.behind(NAME, [leaf()])] == [SHOP.words]
    for other in (leaf(ENDS + timedelta(seconds=1)), leaf(ENDS, NAME), leaf(ENDS, "other.test")):
        assert issued.at_name(NAME, [other], None, HOME) is None
        assert issued.at_name(NAME, [leaf(), other], None, HOME) is None
    assert issued.at_name("other.test", [leaf()], None, HOME) is None
    assert issued.at_name(None, [leaf()], None, HOME) is None
    assert issued.at_name(NAME, [], None, HOME) is None


def test_nobody_speaks_well_of_what_another_namespace_exposes() -> None:
    """Names and end of a certificate are public, and who may write a Certificate may write its status."""
    stolen = replace(SHOP, origin=replace(SHOP.origin, namespace="evil"))
    for homes in (HOME, (*HOME, {"evil"}), ()):
        assert Issued([stolen]).at_name(NAME, [leaf()], None, homes) is None
    for homes in (({"evil"},), ({"web", "evil"},)):
        assert Issued([stolen]).at_name(NAME, [leaf()], None, homes) == SHOP.controller
    assert Issued([SHOP, stolen]).at_name(NAME, [leaf()], None, (*HOME, {"evil"})) == SHOP.controller
    failing = replace(stolen, controller=replace(SHOP.controller, ready=False, trouble="issuance failed"))
    assert Issued([failing]).at_name(NAME, [leaf()], None, HOME) == failing.controller
    assert Issued([SHOP, failing]).at_name(NAME, [leaf()], None, HOME) == failing.controller


@pytest.mark.parametrize("renews", ["2026-06-30T12:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_renewal_that_comes_when_it_is_over_is_none(renews: str) -> None:
    """Ready or not: it would be let off until it has expired."""
    assert changed("web/shop", renewalTime=renews).controller.renews_at is None
    assert changed("web/shop", renewalTime="2026-06-30T11:59:59Z").controller.renews_at is not None


def test_a_wildcard_speaks_for_the_names_that_it_covers() -> None:
    """One label deep, as clients take it."""
    wild = replace(SHOP, names=("*.example.net",))
    issued, served = Issued([wild]), leaf(ENDS, "*.example.net")
    assert issued.at_name("a.example.net", [served], None, HOME) == SHOP.controller
    assert issued.at_name("a.b.example.net", [served], None, HOME) is None


def test_of_several_the_worst_counts() -> None:
    """One that fails, else the one that renews first; and one that does not say when is no proof."""
    failing = replace(SHOP, controller=replace(SHOP.controller, ready=False, trouble="issuance failed"))
    sooner = replace(SHOP, controller=replace(SHOP.controller, renews_at=RENEWS - DAY))
    silent = replace(SHOP, controller=replace(SHOP.controller, renews_at=None))
    assert Issued([SHOP, sooner, failing, silent]).at_name(NAME, [leaf()], None, HOME) == failing.controller
    assert Issued([SHOP, sooner]).at_name(NAME, [leaf()], None, HOME) == sooner.controller
    assert Issued([SHOP, silent]).at_name(NAME, [leaf()], None, HOME) == silent.controller


def test_once_it_is_renewed_the_old_ones_time_stands_while_that_is_served() -> None:
    """Renewed and not deployed: it is overdue by the time that was said of it, not by the new one's."""
    before = Controller("cert-manager", ready=True, renews_at=RENEWS - 60 * DAY)
    old, issued = leaf(ENDS - 60 * DAY), Issued(ALL)
    assert issued.at_name(NAME, [old], known(before), HOME) == before
    assert issued.at_name(NAME, [old, leaf()], known(before), HOME) == before
    assert issued.at_name(NAME, [old], known(None), HOME) is None
    assert issued.at_name(NAME, [old], None, HOME) is None
    assert issued.at_name(NAME, [leaf(ENDS + DAY)], known(before), HOME) == before
    assert issued.at_name("other.test", [old], known(before), HOME) is None


def test_what_cannot_be_seen_keeps_its_word_until_that_is_bad() -> None:
    """A gap takes nothing away; a failure does."""
    assert Issued(ALL).at_name(NAME, [], known(SHOP.controller), HOME) == SHOP.controller
    bad = changed("web/shop", failedIssuanceAttempts=2)
    assert Issued([bad]).at_name(NAME, [], known(SHOP.controller), HOME) == Controller(
        "cert-manager", ready=False, renews_at=RENEWS, trouble="its last issuance failed"
    )


def test_of_a_secret_speaks_who_writes_it() -> None:
    """Where it holds what was issued; else what was said before stands, and ends by itself."""
    issued = Issued(ALL)
    assert issued.at_secret("web", "shop-tls", leaf(), None) == SHOP.controller
    assert issued.at_secret("other", "shop-tls", leaf(), None) is None
    assert issued.at_secret("web", "shop-tls", leaf(ENDS + DAY), None) is None
    assert issued.at_secret("web", "shop-tls", leaf(ENDS + DAY), known(SHOP.controller)) == SHOP.controller
    assert issued.at_secret("web", "shop-tls", None, known(SHOP.controller)) == SHOP.controller


def test_a_list_that_could_not_be_read_takes_nothing_back() -> None:
    """The source is degraded, and says so; what it said before ends by itself."""
    whole, blind = Issued(()), Issued((), is_whole=False)
    for issued, expected in ((whole, None), (blind, SHOP.controller)):
        assert issued.at_name(NAME, [leaf()], known(SHOP.controller), HOME) == expected
        assert issued.at_secret("web", "shop-tls", leaf(), known(SHOP.controller)) == expected
