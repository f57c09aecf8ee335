"""Host names of all scripts have one spelling in ASCII."""

import pytest

from incidentd.model.hostname import ascii_name


@pytest.mark.parametrize(
    ("written", "ascii"),
    [
        ("API.Example.NET.", "api.example.net."),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("bücher.straße.example.", "xn--bcher-kva.xn--strae-oqa.example."),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
    ],
)
def test_each_name_has_one_ascii_spelling(written: str, ascii: str) -> None:
    """As registries have it: the vectors with ß and ς are those of UTS #46, for processing that is not transitional."""
    assert ascii_name(written) == ascii
    assert ascii_name(ascii) == ascii


def test_what_is_no_name_is_a_unicode_error() -> None:
    """A label of more than 63 characters has no such spelling."""
    with pytest.raises(UnicodeError):
        ascii_name("ü" * 80 + ".example")
