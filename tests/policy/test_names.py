"""Names: what covers what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.policy.names import covers, covers_all, covers_any, normal, wildcard_for


@pytest.mark.parametrize(
    ("held", "asked", "covered"),
    [
        ("api.example.net", "API.Example.NET", True),
        ("api.example.net.", "api.example.net", True),
        ("api.example.net", "api.example.org", False),
        ("*.example.net", "api.example.net", True),
        ("*.example.net", "a.b.example.net", False),
        ("*.example.net", "example.net", False),
        ("*.example.net", ".example.net", False),
        ("*.example.net", "*.example.net", True),
        ("*.example.net", "*.b.example.net", False),
        ("api.example.net", "*.example.net", False),
        ("a*.example.net", "api.example.net", False),
        ("*.net", "example.net", False),
        ("*", "localhost", False),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("*.bücher.example", "www.xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "BÜCHER.example", True),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("*.0.2.7", "192.0.2.7", False),
        ("2001:DB8:0::1", "2001:db8::1", True),
        ("2001:db8::1", "[2001:db8::1]", True),
        ("host1", "host1", True),
        ("", "", False),
        ("", "api.example.net", False),
    ],
)
def test_which_name_covers_which(held: str, asked: str, covered: bool) -> None:
    """A wildcard stands for exactly one whole leftmost label of a host name, never for an address."""
    assert covers([held], asked) is covered
    assert covers_any(["other.example", held], [asked]) is covered
    assert covers_all(["other.example", held], [asked]) is covered


def test_all_means_each_and_at_least_one() -> None:
    """Nothing wanted is nothing covered: it must not pass for a successor."""
    held = ["*.example.net", "example.org"]
    assert covers_all(held, ["a.example.net", "example.org"])
    assert not covers_all(held, ["a.example.net", "example.com"])
    assert not covers_all(held, [])
    assert covers_any(held, ["example.com", "example.org"])
    assert not covers_any(held, [])


def test_names_that_no_encoding_takes_stay_as_they_are() -> None:
    """Hostile names are compared, not believed."""
    too_long = "ü" * 80 + ".example"
    assert normal(too_long) == too_long
    assert normal("a\udcff.example") == "a\udcff.example"
    assert normal("") == ""


@given(st.text(max_size=30))
def test_normal_form_is_reached_at_once(name: str) -> None:
    """What is normal stays as it is, for any text at all."""
    assert normal(normal(name)) == normal(name)


@given(st.text(max_size=30))
def test_no_wildcard_stands_for_a_wildcard(name: str) -> None:
    """The one wildcard that covers a name is covered by no other."""
    wildcard = wildcard_for(normal(name))
    assert wildcard is None or wildcard_for(wildcard) is None


def test_ten_thousand_names_are_compared_in_one_pass() -> None:
    """A hostile certificate with thousands of names must not stall the loop: this would take minutes pair by pair."""
    names = [f"h{n}.example.net" for n in range(10_000)]
    assert covers_all(names, reversed(names))
    assert not covers_any(names, (f"h{n}.example.org" for n in range(10_000)))
