"""The walk over DER: reads what OpenSSL reads, and says when bytes are missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.x509.der import DerCutShort, DerError, children, read_element, readable_children
from tests.x509.samples import indefinite, tlv


@given(st.binary(max_size=70_000), st.binary(max_size=5))
def test_an_element_ends_where_its_length_says(content: bytes, trailing: bytes) -> None:
    """The content comes back whole, and what follows is left alone."""
    element = read_element(tlv(0x04, content) + trailing)
    assert element.content == content
    assert element.whole == tlv(0x04, content)


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_an_indefinite_element_holds_the_children_of_a_definite_one(parts: list[bytes]) -> None:
    """BER's other way to write a length changes nothing inside."""
    elements = [tlv(0x04, part) for part in parts]
    nested = indefinite(0x30, indefinite(0xA0, *elements), tlv(0x05))
    first = next(children(read_element(nested + b"after")))
    assert [child.content for child in children(first)] == parts
    assert read_element(nested + b"after").whole == nested


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_cut_element_is_cut_short(content: bytes, data: st.DataObject) -> None:
    """Whatever is missing at the end, the error says that something is missing."""
    whole = tlv(0x30, content)
    with pytest.raises(DerCutShort):
        read_element(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x04\x80ab\x00\x00", id="indefinite length on a primitive"),
        pytest.param(b"\x30\x89" + b"\x00" * 9, id="a length of nine octets"),
        pytest.param(b"\x1f" + b"\xff" * 12, id="a tag that does not end"),
        pytest.param(b"\x30\x88" + b"\xff" * 8, id="more bytes than any machine has"),
        pytest.param(b"\x30\x80" * 500_000, id="half a million open elements"),
        pytest.param(b"\x30\x80\x04\x05a", id="a child that leaves its indefinite parent"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_makes_no_sense_is_an_error(data: bytes) -> None:
    """No recursion, no loop, no guess."""
    with pytest.raises(DerError):
        read_element(data)


def test_a_length_that_is_longer_than_needed_is_read() -> None:
    """DER forbids it, OpenSSL reads it."""
    assert read_element(b"\x04\x84\x00\x00\x00\x02ab").content == b"ab"


def test_a_long_tag_number_is_stepped_over() -> None:
    """Its element is read like any other."""
    assert read_element(b"\x5f\x81\x01\x02ab").content == b"ab"


def test_a_child_cannot_leave_its_parent() -> None:
    """Bytes behind the parent are never taken for a child's."""
    parent = read_element(b"\x30\x03\x04\x05abcde")
    with pytest.raises(DerCutShort):
        list(children(parent))


def test_children_before_a_defect_still_count() -> None:
    """Two are whole, the third is not."""
    parent = read_element(tlv(0x30, tlv(0x02, b"\x01"), tlv(0x02, b"\x02"), b"\x02\x7f"))
    assert [child.content for child in readable_children(parent, 9)] == [b"\x01", b"\x02"]
    assert len(readable_children(parent, 1)) == 1
