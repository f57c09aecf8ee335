"""The fields of a certificate by our own walk: for what the library refuses, whole or in one field."""

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address

from incidentd.x509.der import (
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    Element,
    children,
    read_element,
    readable_children,
)
from incidentd.x509.distinguished import common_name, distinguished_name, text_from_bytes
from incidentd.x509.fields import NamesRead
from incidentd.x509.skeleton import Skeleton
from incidentd.x509.times import read_time

_SUBJECT_ALT_NAME = bytes.fromhex("551d11")
_BASIC_CONSTRAINTS = bytes.fromhex("551d13")
_EXTENSION_FIELDS = 3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87


class LenientReader:
    """Reads by position and by tag, as far as the bytes make sense."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton

    def not_before(self) -> datetime:
        return read_time(self._skeleton.not_before)

    def not_after(self) -> datetime:
        return read_time(self._skeleton.not_after)

    def serial(self) -> str:
        serial = self._skeleton.serial
        if serial.tag != INTEGER or not serial.content:
            raise DerError("it is not a number")
        return format(int.from_bytes(serial.content, "big", signed=True), "x")

    def subject(self) -> str:
        return distinguished_name(self._subject())

    def issuer(self) -> str:
        return distinguished_name(self._skeleton.issuer)

    def common_name(self) -> str | None:
        return common_name(self._subject())

    def names(self) -> NamesRead:
        found: list[str] = []
        try:
            for value in _extension_values(self._skeleton.extensions, _SUBJECT_ALT_NAME):
                found.extend(text for text in map(_name_text, children(value)) if text is not None)
        except DerError as error:
            return NamesRead(tuple(found), str(error))
        return NamesRead(tuple(found))

    def is_ca(self) -> bool:
        for value in _extension_values(self._skeleton.extensions, _BASIC_CONSTRAINTS):
            first = next(children(value), None)
            return first is not None and first.tag == BOOLEAN and any(first.content)
        return False

    def _subject(self) -> Element:
        if self._skeleton.subject is None:
            raise DerError("it does not begin where it should")
        return self._skeleton.subject


def _extension_values(extensions: Element | None, oid: bytes) -> Iterator[Element]:
    """The SEQUENCE inside each extension of this kind. There should be one; RFC 5280 4.2 is not always obeyed."""
    if extensions is None:
        return
    for extension in children(read_element(extensions.data, extensions.content_at, extensions.content_end)):
        fields = readable_children(extension, _EXTENSION_FIELDS)
        if fields and fields[0].content == oid:
            yield _sequence_in(fields[1:])


def _sequence_in(fields: list[Element]) -> Element:
    """The value of an extension, which is a SEQUENCE wrapped in an OCTET STRING, the last of its fields."""
    if not fields or fields[-1].tag != OCTET_STRING:
        raise DerError("the extension has no value")
    value = read_element(fields[-1].data, fields[-1].content_at, fields[-1].content_end)
    if value.tag != SEQUENCE:
        raise DerError("the extension's value is not a SEQUENCE")
    return value


def _name_text(name: Element) -> str | None:
    """DNS names and addresses as text, an address of odd length in hex; None for other kinds."""
    if name.tag == _DNS_NAME:
        # RFC 5280 wants ASCII (IA5String); UTF-8 is what is found where that is not obeyed.
        return text_from_bytes(name.content, "utf-8")
    if name.tag != _IP_ADDRESS:
        return None
    if len(name.content) in (4, 16):
        return str(ip_address(name.content))
    return "#" + name.content.hex()
