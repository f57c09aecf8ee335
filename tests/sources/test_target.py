"""Targets are read as people write them, and each endpoint has one address."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.location import Role
from incidentd.ports import Starttls
from incidentd.sources.target import Target, parse_target

NAMES = st.from_regex(r"[a-z0-9_]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{1,10}){1,3}", fullmatch=True)
HOSTS = st.one_of(NAMES, st.ip_addresses().map(str))


@pytest.mark.parametrize(
    ("text", "uri", "asked_name"),
    [
        ("blob.example.net", "tls://blob.example.net:443", "blob.example.net"),
        ("  BLOB.Example.NET:8443 ", "tls://blob.example.net:8443", "blob.example.net"),
        ("192.0.2.7", "tls://192.0.2.7:443", None),
        ("192.0.2.7:8443", "tls://192.0.2.7:8443", None),
        ("[2001:db8::1]:8443", "tls://[2001:db8::1]:8443", None),
        ("[2001:DB8:0::1]", "tls://[2001:db8::1]:443", None),
        ("2001:db8::1", "tls://[2001:db8::1]:443", None),
        ("smtp://mx.example.net", "smtp://mx.example.net:25", "mx.example.net"),
        ("smtp://mx.example.net:587", "smtp://mx.example.net:587", "mx.example.net"),
        ("tls://192.0.2.7:443?sni=queue.example.net", "tls://192.0.2.7:443?sni=queue.example.net", "queue.example.net"),
        ("tls://a.test:443?sni=a.test", "tls://a.test:443", "a.test"),
        ("bücher.example", "tls://xn--bcher-kva.example:443", "xn--bcher-kva.example"),
        ("blob.example.net.", "tls://blob.example.net.:443", "blob.example.net"),
        ("_sip.example.net", "tls://_sip.example.net:443", "_sip.example.net"),
        ("localhost:1", "tls://localhost:1", "localhost"),
        ("tls://a.test?sni=", "tls://a.test:443?sni=", None),
        ("tls://192.0.2.7?sni=", "tls://192.0.2.7:443", None),
        ("imap://mail.example.net?sni=other.test", "imap://mail.example.net:143?sni=other.test", "other.test"),
    ],
)
def test_a_target_has_one_address_and_one_name_to_ask_for(text: str, uri: str, asked_name: str | None) -> None:
    """No name is asked of a literal address, and a name stands in the address only where it is not the host's own."""
    target = parse_target(text)
    assert (target.uri, target.asked_name) == (uri, asked_name)


@pytest.mark.parametrize(
    "text",
    [
        "", ":443", "host:", "host:0", "host:65536", "host:port", "host:1:2", "host:٣", "[::1", "[::1]443", "[::1]:",
        "https://example.net/", "tls://host/path", "tls://host?x=1", "tls://host#f", "user@host", "a b", "a/b",
        "-a.test", "a..test", "." , "127.1", "0x7f.1", "2130706433", "0x7f000001", "1.2.3.4.5", "a" * 64 + ".test",
        "a." * 130 + "test", "h\x00st", "smb://a.test", "ho\nst", "tls://user@host", "a%00.test", "ho\u202est",
    ],
)  # fmt: skip  # a list, read in rows
def test_what_is_no_target_is_refused(text: str) -> None:
    """Half addresses that a resolver would complete, paths, users and control characters are refused, in words."""
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        parse_target(text)


@given(HOSTS, st.integers(1, 65535), st.none() | st.just("") | NAMES, st.sampled_from([None, *get_args(Starttls)]))
def test_an_address_reads_back_as_the_same_endpoint(
    host: str, port: int, server_name: str | None, starttls: Starttls | None
) -> None:
    """The address of a target is a target, and has the same address and the same name to ask for."""
    target = Target(host, port, server_name, starttls)
    again = parse_target(target.uri)
    assert (again.uri, again.asked_name, again.starttls) == (target.uri, target.asked_name, starttls)


@given(st.text(max_size=40))
def test_any_text_is_a_target_or_a_value_error(text: str) -> None:
    """Nothing else is raised for hostile text, and what passes has an address in printable ASCII."""
    try:
        uri = parse_target(text).uri
    except ValueError:
        return
    assert uri.isascii()
    assert uri.isprintable()
    assert " " not in uri


def test_labels_of_a_target_win_over_those_of_its_source() -> None:
    """Both kinds end up in the location, which is served."""
    location = Target("a.test", 443, labels=(("region", "eu"),)).location("edge", (("env", "prod"), ("region", "us")))
    assert location.labels == (("env", "prod"), ("region", "eu"))
    assert (location.role, location.source) == (Role.SERVED, "edge")
