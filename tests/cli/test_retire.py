"""`retire` on a terminal: what it prints, its exit codes, what it takes for one place; hostile words do nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from incidentd.cli.matching import matching, near_places, places_meant
from incidentd.model.inventory import Inventory
from tests.cli.site import Site, told
from tests.policy.builders import A, B, Fleet, certificate, gap, place, seen, store

HOSTILE = "\x1b[31m'; DROP TABLE incidents; --"
OLD = certificate()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Three incidents in the built-in queue; the folder of two of them, and of what is not due, is gone."""
    fresh = Site(tmp_path, {})
    fresh.configure(
        state={"url": f"sqlite:///{fresh.folder}/state/incidentd.db"},
        sources={"pki": {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki", "never"]}},
        trackers={"queue": {"kind": "local"}},
    )
    (fresh.folder / "pki" / "scrapped").mkdir(parents=True)
    for file, days in (("scrapped/api.pem", 50), ("scrapped/shop.pem", 55), ("scrapped/new.pem", 400), ("pay.pem", 60)):
        fresh.certificate(file, days, f"{file.removeprefix('scrapped/').removesuffix('.pem')}.example.test")
    assert told(fresh, "run", "--once").code == 0
    shutil.rmtree(fresh.folder / "pki" / "scrapped")
    assert told(fresh, "run", "--once").code == 0
    return fresh


def test_what_is_gone_is_said_and_closes(site: Site) -> None:
    """A folder stands for all beneath it; one that was retired already is left as it was."""
    gone = site.folder / "pki" / "scrapped"
    none = told(site, "retire", str(gone / "new.pem"), "--reason", "host scrapped", "--by", "alice")
    assert none.out.endswith("No incident rests on it. If something answers there again, this ends by itself.\n")
    done = told(site, "retire", str(gone / "api.pem"), "--reason", f"host scrapped {HOSTILE}", "--by", "alice")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"Retired: file://{gone}/api.pem (pki)\n"
        "The next pass closes what nothing else keeps open of 1 incident: api.example.test (LOCAL-1). "
        "If something answers there again, this ends by itself.\n"
    )
    document = told(site, "retire", str(gone), "--reason", "host scrapped", "--json").document
    assert document["places"] == [{"location": f"file://{gone}/shop.pem", "source": "pki", "addresses": []}]
    assert [(row["name"], row["ticket"]) for row in document["incidents"]] == [("shop.example.test", "LOCAL-2")]
    assert document["schema_version"] == 1
    assert told(site, "run", "--once").code == 0
    states = {row["name"]: row["state"] for row in told(site, "incidents", "--json").document["incidents"]}
    assert states == {"api.example.test": "closed", "shop.example.test": "closed", "pay.example.test": "open"}
    explained = told(site, "explain", "api.example.test").out
    assert "removed, says alice, on" in explained
    assert "\x1b" not in explained
    assert str(gone) not in told(site, "list", "--gaps").out


@pytest.mark.parametrize(
    ("target", "reason", "code", "why"),
    [
        ("pki/pay.pem", "gone", 1, "it is not gone: file://"),
        ("pki/payy.pem", "gone", 1, "did you mean"),
        ("never", "gone", 1, "no certificate was ever seen there"),
        (HOSTILE, "gone", 1, "no place that was looked at matches"),
        (" ", "gone", 2, "name what is gone"),
        ("pki/pay.pem", " ", 2, "a reason is needed"),
    ],
)
def test_what_is_not_gone_is_refused_in_words(site: Site, target: str, reason: str, code: int, why: str) -> None:
    """Nothing is printed to stdout, and nothing done to the terminal."""
    named = str(site.folder / target) if target.startswith(("pki", "never")) else target
    done = told(site, "retire", named, "--reason", reason)
    assert (done.code, done.out) == (code, "")
    assert why in done.err
    assert "\x1b" not in done.err


def inventory() -> Inventory:
    """Two places of one name at two ports' worth of hosts, one address that never answered, one file."""
    six = place("[2001:db8::1]", asked=None)
    asked = replace(place("www.example.net", asked="api"), uri="tls://www.example.net:443?sni=api")
    fleet = Fleet().sweep(
        seen(place(), OLD),
        seen(place(), OLD, member=B),
        gap(place(), "192.0.2.9"),
        seen(six, OLD),
        seen(asked, OLD),
        seen(place("192.0.2.7", asked="api.example.net"), OLD),
    )
    return fleet.sweep(seen(store("/etc/pki/api.pem"), OLD)).sweep(seen(store("/etc/pki2/api.pem"), OLD)).inventory


NAMED = ("tls://192.0.2.7:443", "tls://api.example.net:443")


@pytest.mark.parametrize(
    ("target", "uris", "addresses"),
    [
        ("api.example.net:443", NAMED[1:], {A, B, "192.0.2.9"}),
        (" TLS://API.example.net:443 ", NAMED[1:], {A, B, "192.0.2.9"}),
        ("api.example.net", NAMED, {A, B, "192.0.2.9"}),
        ("192.0.2.7", NAMED[:1], {A}),
        ("2001:db8::1", ("tls://[2001:db8::1]:443",), {A}),
        ("[2001:db8::1]:443", ("tls://[2001:db8::1]:443",), {A}),
        (B, NAMED[1:], {B}),
        ("192.0.2.9", NAMED[1:], {"192.0.2.9"}),
        (f"tls://api.example.net:443 [{B}]", NAMED[1:], {B}),
        (f"tls://api.example.net:443 [{B}1]", NAMED[1:], set()),
        ("tls://www.example.net:443", ("tls://www.example.net:443?sni=api",), {A}),
        ("/etc/pki/api.pem", ("file:///etc/pki/api.pem",), {""}),
        ("file:///etc/pki/../pki/api.pem", ("file:///etc/pki/api.pem",), {""}),
        ("/etc/pki/API.pem", (), set()),
        ("/etc/pki/api.pem/", ("file:///etc/pki/api.pem",), {""}),
        ("/etc/pki/", ("file:///etc/pki/api.pem",), {""}),
        ("/etc", ("file:///etc/pki/api.pem", "file:///etc/pki2/api.pem"), {""}),
        ("/etc/pk", (), set()),
        ("example.net", (), set()),
    ],
)
def test_a_place_is_meant_by_what_people_call_it(target: str, uris: tuple[str, ...], addresses: set[str]) -> None:
    """Address, host, server name, file or folder; or one address of several. Never by a part of a word."""
    found = sorted(places_meant(target, inventory()), key=lambda meant: meant.place.location.uri)
    assert tuple(meant.place.location.uri for meant in found) == uris
    assert set().union(*(meant.addresses for meant in found)) == addresses


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::1", "www.example.net", "192.0.2.7:443"])
def test_a_certificate_is_meant_by_the_host_of_its_place(host: str) -> None:
    """With its port or without, also where another name is asked for there."""
    assert set(matching(host, inventory(), ())) == {OLD.fingerprint}


def test_the_host_of_a_place_goes_behind_the_names_of_certificates() -> None:
    """Else a name that is covered would mean all that stands at the host of that name, too."""
    other = replace(OLD, fingerprint="b" * 64, names=("shop.example.net",))
    fleet = Fleet().sweep(seen(place("api.example.net"), OLD), seen(place("shop.example.net", asked=None), OLD))
    both = fleet.sweep(seen(place("api.example.net"), other)).inventory
    assert set(matching("shop.example.net", both, ())) == {other.fingerprint}


def test_the_nearest_names_are_told() -> None:
    """Nearest first; nothing where nothing is near."""
    assert near_places("api.exmple.net", inventory())[0] == "api.example.net"
    assert near_places("zzz", inventory()) == []
