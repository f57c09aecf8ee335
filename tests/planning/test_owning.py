"""Owning: by label, else by the last rule that matches, else the default; and which of them it was."""

from dataclasses import replace
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incidentd.model.assessment import Step
from incidentd.model.owner import Owner, OwnerRule, Owners
from incidentd.model.policy import Page, Route
from incidentd.planning.owning import owner_of, parsed_rules, worked_out
from incidentd.planning.routing import Routing, route_of
from tests.planning.desk import due, found
from tests.policy.builders import certificate, place, store

RULES = """
# who gets what
*                    sre        # all of it
*.example.net        web
/etc/pki/            platform team
pay.example.net      payments
old.example.net
"""
OWNERS = Owners(file="OWNERS", rules=parsed_rules(RULES), default="whoever is on call")


def owned(*findings: object, owners: Owners = OWNERS, name: str = "api.example.net") -> Owner:
    """Of a certificate with that name, found there."""
    return owner_of(findings or (found(place(f"{name}")),), certificate(name), owners)  # type: ignore[arg-type]  # as built


def test_a_file_of_rules_is_read_line_by_line() -> None:
    """Comments and empty lines are none; an owner may be several words, or none."""
    assert parsed_rules(RULES) == (
        OwnerRule("*", "sre", 3),
        OwnerRule("*.example.net", "web", 4),
        OwnerRule("/etc/pki/", "platform team", 5),
        OwnerRule("pay.example.net", "payments", 6),
        OwnerRule("old.example.net", "", 7),
    )


@pytest.mark.parametrize(
    ("name", "where", "owner", "line"),
    [
        ("api.example.net", place("api.example.net"), "web", 4),
        ("PAY.example.net", place("192.0.2.7"), "payments", 6),
        ("api.example.org", place("192.0.2.7"), "sre", 3),
        ("api.example.net", store("/etc/pki/a/b.pem"), "platform team", 5),
        ("api.example.org", place("pay.example.net"), "payments", 6),
        ("old.example.net", place("old.example.net"), "", 7),
    ],
)
def test_the_last_rule_that_matches_a_name_or_a_place_wins(name: str, where: object, owner: str, line: int) -> None:
    """Case-folded; the certificate's names, and addresses, hosts and paths of its places; also to nobody."""
    told = owned(found(where), name=name)  # type: ignore[arg-type]  # as built
    assert told.name == owner
    assert told.rule.endswith(f"in OWNERS, line {line}")


def test_each_pattern_of_a_long_file_is_worked_out_once() -> None:
    """A fleet of thousands asks every rule for every certificate: one that was forgotten meanwhile costs minutes."""
    owners = Owners(file="OWNERS", rules=parsed_rules("\n".join(f"*.team{n}.example.org t{n}" for n in range(1000))))
    assert owned(owners=owners, name="api.example.org").name == ""
    worked_out_once = worked_out.cache_info().misses
    assert owned(owners=owners, name="api.team7.example.org").name == "t7"
    assert worked_out.cache_info().misses == worked_out_once


def test_a_label_wins_over_every_rule_and_says_where_it_stands() -> None:
    """The first label that any place carries; the commonest of its values."""
    many = [found(place(f"{n}.example.net", team="edge")) for n in "ab"]
    told = owned(*many, found(place("c.example.net", team="other")))
    assert told == Owner("edge", "label team= on tls://a.example.net:443")
    assert owned(*many, found(place("c.example.net", owner="me"))).name == "me"
    assert told.words == "edge (label team= on tls://a.example.net:443)"


def test_what_does_not_block_has_no_say() -> None:
    """A copy in a drawer owns nothing."""
    told = owned(found(place("api.example.net")), found(place("b.example.net", team="edge"), blocks=False))
    assert told.name == "web"


def test_without_label_and_rule_the_default_holds_and_without_that_nobody() -> None:
    """And it says what was looked for."""
    assert owned(owners=Owners(default="sre")) == Owner("sre", "owners.default")
    assert owned(owners=Owners()) == Owner("", "no label owner= or team= at its places")
    rules = Owners(labels=("team",), file="OWNERS", rules=(OwnerRule("x", "y", 1),))
    assert owned(owners=rules).words == "unowned (no label team= at its places, and no rule in OWNERS matches)"


def test_an_address_that_is_none_matches_as_it_stands() -> None:
    """What strangers write there breaks nothing."""
    odd = found(store("[oops"))
    assert owned(odd, owners=Owners(rules=(OwnerRule("file://*", "me", 1),)), name="x").name == "me"


@given(st.text(), st.text(max_size=80))
@example("", "\u1680")
def test_whatever_stands_in_a_file_or_a_label_an_owner_is_one_harmless_line(text: str, label: str) -> None:
    """Names of owners stand in titles."""
    owners = Owners(file="f", rules=parsed_rules(text))
    told = owned(found(place("a.example.net", team=label)), owners=owners)
    assert not any(category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in told.words)
    assert len(told.name) <= 64


BY_OWNER = (
    Route((("owner", "web"),), "web_queue", Page("oncall", Step.ERROR)),
    Route((("team", "pay*"),), "payments"),
    Route((), "rest"),
)


def test_routes_may_ask_for_the_owner_that_a_rule_named() -> None:
    """What nobody owns, and no route asks for, goes to the last route."""
    routing = Routing(BY_OWNER, OWNERS)
    api, old = certificate("api.example.net"), certificate("old.example.net")
    assert routing.of(due(api, found(place("api.example.net"))), api).route is BY_OWNER[0]
    assert routing.of(due(old, found(place("old.example.net"))), old).route is BY_OWNER[2]
    assert routing.of(due(old, found(place("b.example.net", team="payers"))), old).route is BY_OWNER[1]


def test_places_that_are_pushed_have_no_say_beside_our_own() -> None:
    """However many there are: whoever could push any certificate would choose its owner and its tracker."""
    judged, ours = certificate("api.example.net"), found(place("b.example.net", team="payers"))
    theirs = [found(place(f"{number}.test", source="branch", owner="mallory")) for number in range(9)]
    routing = Routing(BY_OWNER, OWNERS, ("branch",))
    alone, beside = routing.of(due(judged, *theirs), judged), routing.of(due(judged, ours, *theirs), judged)
    assert (alone.owner.name, beside.owner.name, beside.route) == ("mallory", "payers", BY_OWNER[1])
    aside = replace(ours, production=False, blocks=False)
    assert routing.of(due(judged, aside, *theirs), judged).owner.name == "mallory"


def test_what_is_the_same_is_not_routed_again_and_what_is_over_is_forgotten() -> None:
    """By identity: an assessment that is the very same has the very same answer."""
    routing, judged = Routing(BY_OWNER, OWNERS), certificate("api.example.net")
    assessment = due(judged)
    first = routing.of(assessment, judged)
    assert routing.of(assessment, judged) is first
    assert routing.of(due(judged), judged) is not first
    routing.forget_all_but(())
    assert routing.of(assessment, judged) is not first


def test_of_several_routes_to_one_tracker_the_commonest_decides_on_the_page() -> None:
    """Then the first; places of other trackers have no say in it."""
    loud, quiet = Page("oncall", Step.WARNING), Page("oncall", Step.CRITICAL)
    routes = (Route((("env", "a"),), "queue", loud), Route((("env", "b"),), "queue", quiet), Route((), "rest"))
    a, b = ([found(place(f"{env}{n}.example.net", env=env)) for n in range(2)] for env in "ab")
    judged = certificate()
    assert route_of(due(judged, a[0], *b), routes).page is quiet
    assert route_of(due(judged, a[0], b[0], found(place("c.example.net"))), routes).page is loud


def test_a_certificate_without_production_places_takes_the_last_route() -> None:
    """There is nobody else to ask."""
    aside = found(place(), production=False)
    assert route_of(due(certificate(), aside), BY_OWNER).tracker == "rest"
