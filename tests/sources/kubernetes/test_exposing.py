"""What objects expose: the endpoints in them, each with the object that says so; what nobody could ask for is told."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.sources.kubernetes.allowing import allow_list_of
from incidentd.sources.kubernetes.exposed import MOST_OF_AN_OBJECT, Found
from incidentd.sources.kubernetes.exposing import chosen_of, exposed_in, homes_of, labelled
from incidentd.sources.kubernetes.objects import Kind, Listing
from tests.sources.kubernetes.fixtures import everything, listings, named
from tests.sources.world import NOW

INGRESS, GATEWAY, SERVICE = "Ingress", "Gateway", "Service"
ROUTES = [one for one in everything() if one["kind"] == "HTTPRoute"]


def endpoints(found: Found) -> list[str]:
    return [f"{one.host}:{one.port}" for one in found.exposed]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("web/shop", INGRESS, ["shop.example.net:443", "www.shop.example.net:443"]),
        ("web/tenants", INGRESS, ["a.tenants.example.net:443", "b.tenants.example.net:443"]),
        ("api/every-rule", INGRESS, ["api.example.net:443"]),
        ("api/fallback", INGRESS, ["203.0.114.11:443", "lb-1.cloud.example:443"]),
        ("web/plain", INGRESS, []),
        (
            "infra/edge",
            GATEWAY,
            [
                "pay.example.net:443",
                "cart.apps.example.net:8443",
                "deep.cart.apps.example.net:8443",
                "203.0.114.20:9443",
                "edge.cloud.example:9443",
            ],
        ),
        ("infra/lonely", GATEWAY, []),
        ("default/kubernetes", SERVICE, ["kubernetes.default.svc:443"]),
        (
            "infra/mail",
            SERVICE,
            ["203.0.114.30:8443", "mail.cloud.example:8443", "203.0.114.30:9443", "mail.cloud.example:9443"],
        ),
        ("infra/waiting", SERVICE, []),
        ("infra/elsewhere", SERVICE, []),
    ],
)
def test_what_an_object_exposes(name: str, kind: str, expected: list[str]) -> None:
    """Hosts with TLS, hosts of accepted routes, addresses where no host is named; no mere wish of a tenant."""
    found = exposed_in(listings(named(name, kind), *ROUTES))
    assert endpoints(found) == expected
    assert {one.origin.words for one in found.exposed} <= {f"{kind.lower()}/{name}"}


def test_a_wildcard_that_covers_no_host_is_told() -> None:
    """No name could be asked for: it is no place that would be blind for ever."""
    found = exposed_in(listings(*everything()))
    assert [(one.about, one.text.split(" ")[0]) for one in found.remarks] == [
        ("ingress/web/tenants", "*.nobody.example.net"),
        ("gateway/infra/lonely", "*.lonely.example.net"),
    ]


def test_a_route_of_one_listener_names_no_host_of_another() -> None:
    """Nor one that the controller of the Gateway accepted for another Gateway, kind or port."""
    route = named("web/cart", "HTTPRoute")
    accepted = route["status"]["parents"][0]
    for change in ({"sectionName": "one"}, {"name": "other"}, {"kind": "Service"}, {"port": 443}, {"namespace": "web"}):
        parent = {**accepted, "parentRef": {**accepted["parentRef"], **change}}
        other = {**route, "status": {"parents": [parent]}}
        found = exposed_in(listings(named("infra/edge", GATEWAY), other))
        assert not [one for one in endpoints(found) if "apps" in one], change


def test_what_has_no_name_or_no_port_exposes_nothing() -> None:
    """An API server gives out no such object."""
    gateway = named("infra/edge", GATEWAY)
    for thing in ({**gateway, "metadata": {}}, {**gateway, "spec": {"listeners": [{"protocol": "TLS", "port": 0}]}}):
        assert exposed_in(listings(thing)) == Found()


def test_many_objects_that_expose_one_host_are_counted() -> None:
    """The first ones are named."""
    ingress = named("api/every-rule", INGRESS)
    twins = [{**ingress, "metadata": {"namespace": f"n{number}", "name": "x"}} for number in range(7)]
    [endpoint] = chosen_of(exposed_in(listings(*twins)), allow_list_of(("*",))).endpoints
    labels = dict(labelled(endpoint, (), (), NOW)[0].target.labels)
    assert labels == {"exposed_by": ", ".join(f"ingress/n{number}/x" for number in range(5)) + " and 2 more"}


def test_the_hosts_of_one_object_have_an_end() -> None:
    """What lies beyond is told."""
    ingress = named("web/shop", INGRESS)
    hosts = [f"h{n}.example.net" for n in range(MOST_OF_AN_OBJECT + 7)]
    found = exposed_in(listings({**ingress, "spec": {"tls": [{"hosts": hosts}]}}))
    assert len(found.exposed) == MOST_OF_AN_OBJECT
    assert found.remarks[0].text.startswith("7 more hosts are not looked at")


def test_each_endpoint_is_looked_at_once_and_only_if_it_is_allowed() -> None:
    """However many objects expose it, and however they write it; what is refused is told."""
    first, second = named("web/shop", INGRESS), named("api/every-rule", INGRESS)
    twin = {**second, "spec": {"tls": [{"hosts": ["SHOP.example.net.", "127.0.0.1", "0x7f.1", "a b", "shop.test"]}]}}
    chosen = chosen_of(exposed_in(listings(first, twin)), allow_list_of(("*.example.net",)))
    assert [(one.target.uri, [origin.words for origin in one.origins]) for one in chosen.endpoints] == [
        ("tls://shop.example.net:443", ["ingress/api/every-rule", "ingress/web/shop"]),
        ("tls://www.shop.example.net:443", ["ingress/web/shop"]),
    ]
    assert chosen.refused == {"tls://127.0.0.1:443", "tls://shop.test:443"}
    assert [one.text.partition(":")[0] for one in chosen.remarks] == [
        "127.0.0.1 is not looked at",
        "0x7f.1 is not looked at",
        "a b is not looked at",
        "shop.test is not looked at",
    ]


def _mutated(thing: Any, draw: st.DrawFn) -> Any:
    """The same object with something else at one place in it, as no API server would let it in."""
    if draw(st.booleans()) and isinstance(thing, dict) and thing:
        key = draw(st.sampled_from(sorted(thing)))
        return {**thing, key: _mutated(thing[key], draw)}
    if draw(st.booleans()) and isinstance(thing, list) and thing:
        position = draw(st.integers(0, len(thing) - 1))
        return [*thing[:position], _mutated(thing[position], draw), *thing[position + 1 :]]
    texts = ("", "\x00", "*", "*.", "127.0.0.1", "x" * 300)
    strange: tuple[Any, ...] = (None, True, 0, -1, 10**30, 1.5, *texts, [], {}, [[]], {"": None})
    return draw(st.sampled_from(strange))


@st.composite
def hostile(draw: st.DrawFn) -> list[dict[str, Any]]:
    things = [_mutated(_mutated(one, draw), draw) for one in everything() if draw(st.booleans())]
    return [one for one in things if isinstance(one, dict)]


@settings(max_examples=200, deadline=None)
@given(hostile())
def test_no_object_however_strange_stops_the_others(things: list[dict[str, Any]]) -> None:
    """Whatever stands in it: nothing raises, and nothing that is denied becomes a target."""
    listed = {kind: Listing(tuple(things)) for kind in Kind}
    chosen = chosen_of(exposed_in(listed), allow_list_of(("*", "0.0.0.0/0")))
    assert not [one for one in chosen.endpoints if one.target.host.startswith("127.")]


def test_a_gateway_may_have_its_secret_elsewhere() -> None:
    """By its owner's word; an Ingress cannot. What nothing is seen to expose has the homes that are known of it."""
    listener = {"name": "a", "port": 443, "protocol": "HTTPS", "hostname": "a.example.net"}
    refs = {"certificateRefs": [{"name": "x", "namespace": "certs"}, {"name": "y"}, {"namespace": 7}, None]}
    metadata = {"namespace": "infra", "name": "edge"}
    gateway = {"kind": GATEWAY, "metadata": metadata, "spec": {"listeners": [{**listener, "tls": refs}, listener]}}
    ingress = {"kind": INGRESS, "metadata": {**metadata, "namespace": "web"}}
    ingress |= {"spec": {"tls": [{"hosts": ["a.example.net"]}]}}
    [endpoint] = chosen_of(exposed_in(listings(gateway, ingress)), allow_list_of(("*.example.net",))).endpoints
    assert [*map(set, homes_of(endpoint))] == [{"infra", "certs"}, {"web"}]
    [known] = [labelled(endpoint, (), (), NOW)[0]]
    assert [*map(set, homes_of(replace(known, origins=())))] == [{"infra"}, {"web"}]
