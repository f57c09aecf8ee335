"""The law of addresses: what is always denied is denied in every disguise, whatever the allow-list says."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.sources.kubernetes.addresses import ALWAYS_DENIED, is_always_denied, is_public, parsed, readings_of
from incidentd.sources.kubernetes.allowing import AllowList, allow_list_of, parse_entry

EVERYTHING = allow_list_of(("*", "0.0.0.0/0", "::/0"))
DENIED_V4 = [network for network in ALWAYS_DENIED if network.version == 4]
DENIED_V6 = [network for network in ALWAYS_DENIED if network.version == 6]


denied_v4 = st.one_of(*(st.ip_addresses(network=str(network)) for network in DENIED_V4)).map(
    lambda one: IPv4Address(int(one))
)
denied_v6 = st.one_of(*(st.ip_addresses(network=str(network)) for network in DENIED_V6)).map(
    lambda one: IPv6Address(int(one))
)


_PUBLIC_TURNED_ROUND = ~0x08080808 & 0xFFFFFFFF


def disguises(address: IPv4Address) -> dict[str, IPv6Address]:
    """Every IPv6 address by which a machine may be made to speak to an IPv4 one."""
    number = int(address)
    return {
        "mapped": IPv6Address(f"::ffff:{address}"),
        "compatible": IPv6Address(number),
        "translated": IPv6Address(f"::ffff:0:{address}"),
        "nat64": IPv6Address(f"64:ff9b::{address}"),
        "own nat64": IPv6Address(int(IPv6Address("64:ff9b:1::")) | number),
        "6to4": IPv6Address(0x2002 << 112 | number << 80),
        "teredo server": IPv6Address(0x20010000 << 96 | number << 64 | _PUBLIC_TURNED_ROUND),
        "teredo client": IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | (~number & 0xFFFFFFFF)),
        "isatap": IPv6Address(0x20010DB8 << 96 | 0x5EFE << 32 | number),
        "isatap, unique": IPv6Address(0x20010DB8 << 96 | 0x02005EFE << 32 | number),
    }


@given(denied_v4)
def test_no_denied_ipv4_address_passes_in_any_disguise(address: IPv4Address) -> None:
    """Even where everything is allowed."""
    every: dict[str, IPv4Address | IPv6Address] = {"itself": address, **disguises(address)}
    for name, disguise in every.items():
        assert EVERYTHING.refusal_of(disguise, "a.test") is not None, name


@given(denied_v6, st.sampled_from(["", "%1", "%eth0"]))
def test_no_denied_ipv6_address_passes_in_any_spelling(address: IPv6Address, zone: str) -> None:
    """Compressed, in full, in capitals, with a zone."""
    for text in (address.compressed, address.exploded, address.exploded.upper()):
        read = parsed(text + zone)
        assert read is not None
        assert EVERYTHING.refusal_of(read, "a.test") is not None


@given(st.ip_addresses(v=4, network="10.0.0.0/8").map(lambda one: IPv4Address(int(one))))
def test_a_disguise_of_a_private_address_needs_the_range_of_that(address: IPv4Address) -> None:
    """No name allows it, and no range of IPv6."""
    names, ranges = allow_list_of(("*", "::/0")), allow_list_of(("10.0.0.0/8",))
    for name, disguise in disguises(address).items():
        assert names.refusal_of(disguise, "a.test") is not None, name
    assert ranges.refusal_of(disguises(address)["mapped"], "a.test") is None
    assert ranges.refusal_of(disguises(address)["nat64"], "a.test") is None


@given(st.ip_addresses())
def test_what_is_public_needs_a_name_or_a_range(address: IPv4Address | IPv6Address) -> None:
    """And what is neither denied nor public needs a range; without a list nothing passes."""
    by_name = allow_list_of(("*.test",)).refusal_of(address, "a.test") is None
    assert by_name is (is_public(address) and not is_always_denied(address))
    assert AllowList().refusal_of(address, "a.test") is not None
    assert allow_list_of(("*.other",)).refusal_of(address, "a.test") is not None
    assert (EVERYTHING.refusal_of(address, "a.test") is None) is not is_always_denied(address)


def test_an_ordinary_address_stands_for_itself() -> None:
    """A v6 address of the internet at large is not taken for a disguise."""
    for text in ("2600:1f18::7", "203.0.114.7"):
        assert readings_of(ip_address(text)) == (ip_address(text),)
        assert not is_always_denied(ip_address(text)) and is_public(ip_address(text))


@pytest.mark.parametrize(
    ("entries", "host", "named"),
    [
        (("*.example.net",), "a.example.net", True),
        (("*.example.net",), "A.B.Example.NET.", True),
        (("*.example.net",), "example.net", False),
        (("*.example.net",), "a.example.net.evil.test", False),
        (("bücher.example",), "xn--bcher-kva.example", True),
        (("*",), "203.0.114.7", False),
        (("*",), "2600:1f18::7", False),
        ((), "a.example.net", False),
    ],
)
def test_globs_match_whole_names(entries: tuple[str, ...], host: str, named: bool) -> None:
    """In lower-case ASCII, without the root's dot; never an address."""
    assert allow_list_of(entries).names_host(host) is named


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "10.0.0.1/8",
        "10.1",
        "0x7f.1",
        "*.1",
        "https://a.test",
        "a b",
        "127.0.0.0/8",
        "::1",
        "fe80::/64",
        "a..b",
        "é" * 64,
    ],
)
def test_an_entry_that_allows_nothing_is_an_error(entry: str) -> None:
    """Neither a name nor a range; or a range of which nothing could ever be allowed."""
    with pytest.raises(ValueError, match=r"write a name|never"):
        parse_entry(entry)


def test_a_host_is_refused_before_it_is_asked_for() -> None:
    """Where no range could hold what it resolves to: nothing a tenant writes reaches the resolver then."""
    named = allow_list_of(("*.example.net",))
    assert named.refusal_of_host("a.example.net") is None
    assert named.refusal_of_host("a.test") == "targets.allow does not name it"
    assert named.refusal_of_host("203.0.114.7") is not None
    assert allow_list_of(("203.0.114.0/24",)).refusal_of_host("203.0.114.7") is None
    assert allow_list_of(("10.0.0.0/8",)).refusal_of_host("a.test") is None
