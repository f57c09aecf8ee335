"""The bones of a certificate, found by position and not by meaning (RFC 5280 4.1): a defect hides only itself."""

from dataclasses import dataclass
from itertools import islice

from incidentd.x509.der import (
    CONTEXT_0,
    CONTEXT_3,
    GENERALIZED_TIME,
    SEQUENCE,
    UTC_TIME,
    DerError,
    Element,
    children,
    read_element,
    readable_children,
)

_TBS_FIELDS = 10
"""version, serial, algorithm, issuer, validity, subject, key, two unique ids, extensions."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Where each field stands. None: the walk did not get so far, or (extensions) there are none."""

    der: bytes
    """The certificate alone, without what may trail it."""
    serial: Element
    issuer: Element
    not_before: Element
    not_after: Element
    subject: Element | None
    key: Element | None
    extensions: Element | None


def read_skeleton(data: bytes) -> Skeleton:
    """Raises DerError when `data` does not begin with something in the shape of a certificate.

    DerCutShort, a DerError, when the outermost element claims more bytes than there are.
    """
    outer = read_element(data)
    if outer.tag != SEQUENCE:
        raise DerError("it does not begin with a SEQUENCE")
    fields = _tbs_fields(outer)
    if len(fields) < 4:
        raise DerError("it has too few fields")
    serial, _, issuer, validity, *rest = fields
    not_before, not_after = _validity(validity)
    return Skeleton(
        der=outer.whole,
        serial=serial,
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        subject=rest[0] if rest else None,
        key=rest[1] if len(rest) > 1 else None,
        extensions=next((field for field in rest[2:] if field.tag == CONTEXT_3), None),
    )


def _tbs_fields(outer: Element) -> list[Element]:
    """The fields of TBSCertificate from the serial number on; the version is optional and tells us nothing."""
    signed = readable_children(outer, 1)
    if not signed or signed[0].tag != SEQUENCE:
        raise DerError("it holds no SEQUENCE to be signed")
    fields = readable_children(signed[0], _TBS_FIELDS)
    return fields[1:] if fields and fields[0].tag == CONTEXT_0 else fields


def _validity(validity: Element) -> tuple[Element, Element]:
    """notBefore and notAfter. That a time stands here tells a certificate from a request or a revocation list."""
    if validity.tag != SEQUENCE:
        raise DerError("it has no validity")
    times = list(islice(children(validity), 2))
    if len(times) < 2:
        raise DerError("its validity is not two times")
    first, second = times
    if not {first.tag, second.tag} & {UTC_TIME, GENERALIZED_TIME}:
        raise DerError("its validity holds no time")
    return first, second
