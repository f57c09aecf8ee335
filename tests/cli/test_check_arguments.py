"""What a TARGET means."""

import pytest

from incidentd.cli.checking.arguments import FromEndpoint, FromPath, FromStdin, read_argument
from incidentd.errors import UsageError


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("example.com", "tls://example.com:443"),
        ("example.com:8443", "tls://example.com:8443"),
        ("[2001:db8::1]:8443", "tls://[2001:db8::1]:8443"),
        ("2001:db8::1", "tls://[2001:db8::1]:443"),
        ("smtp://mx.example.com:25", "smtp://mx.example.com:25"),
        ("tls://example.com:443?sni=other.example.com", "tls://example.com:443?sni=other.example.com"),
    ],
)
def test_hosts_are_endpoints(text: str, uri: str) -> None:
    """Also where brackets, slashes and question marks would make a path of them."""
    argument = read_argument(text, lambda _: False)
    assert isinstance(argument, FromEndpoint)
    assert (argument.text, argument.target.uri) == (text, uri)


@pytest.mark.parametrize(
    "text", ["./a", "/etc/pki", "certs/", "*.txt", "a?c", "a[bc]", "old.PEM", "server.crt", "x.p12"]
)
def test_what_looks_like_a_path_is_one_though_it_is_not_there(text: str) -> None:
    """A file that is not there must not pass for a host that cannot be reached."""
    assert read_argument(text, lambda _: False) == FromPath(text, text)


def test_what_exists_is_a_path() -> None:
    """A folder that is called like a host, as certbot has them."""
    assert read_argument("example.com", lambda text: text == "example.com") == FromPath("example.com", "example.com")


def test_a_scheme_means_the_host_whatever_exists() -> None:
    """That is how a host is meant beside a folder of its name."""
    assert isinstance(read_argument("tls://example.com", lambda text: text == "example.com"), FromEndpoint)


def test_a_file_address_is_a_path() -> None:
    """As the inventory writes them."""
    assert read_argument("file:///etc/a%20b.pem", lambda _: False) == FromPath("file:///etc/a%20b.pem", "/etc/a b.pem")


def test_a_dash_is_standard_input() -> None:
    """Also where a file has that name."""
    assert read_argument("-", lambda _: True) == FromStdin()


@pytest.mark.parametrize("text", ["", "https://example.com", "example.com:99999", "exa mple.com", "[::1", "a\0b"])
def test_nonsense_is_wrong_usage(text: str) -> None:
    """Nothing is looked at before all arguments make sense."""
    with pytest.raises(UsageError):
        read_argument(text, lambda _: False)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("https://example.com:8443/path?q=1", "no such kind of target", "write host:port: example.com:8443"),
        ("https://user:pw@example.com/", "no such kind of target", "write host:port: example.com:443"),
        ("https://[2001:db8::1]/", "no such kind of target", "write host:port: [2001:db8::1]:443"),
        ("https://", "no such kind of target", "write host:port"),
        ("https://[::1/", "no such kind of target", "write host:port"),
        ("gopher://example.com", "no such kind of target", "write host:port"),
        ("tls://example.com/path", "a target has no path", "write host:port: example.com:443"),
        ("example.com:8443?sni=a.example.com", "needs a scheme", "write tls://example.com:8443?sni=a.example.com"),
        ("127.0.0.1:99999", "a port is at most 65535", ""),
        ("tls://example.com:70000", "a port is at most 65535", "write host:port"),
        ("example.com:0", "a port is a number from 1 to 65535", ""),
        ("exa mple.com", "not a host name", "a file in this folder is ./NAME"),
    ],
)
def test_wrong_targets_get_the_hint_that_helps(text: str, what: str, hint: str) -> None:
    """An address copied from a browser is the commonest mistake; a file is spoken of where one may be meant."""
    with pytest.raises(UsageError) as caught:
        read_argument(text, lambda _: False)
    assert what in caught.value.what
    assert caught.value.hint == hint
