"""The certificates inside PKCS#7 SignedData (RFC 2315 9.1, RFC 5652 5.1), DER or BER; signatures are not our matter."""

from collections.abc import Iterator
from itertools import islice

from incidentd.x509.der import CONTEXT_0, OBJECT_ID, SEQUENCE, DerError, Element, children

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")


def certificate_choices(content_info: Element) -> Iterator[Element]:
    """What stands in the set of certificates, in order: certificates are the SEQUENCEs, other tags are other kinds.

    Nothing for enveloped or other content, and nothing when the set is absent. Raises DerError where the structure
    cannot be followed.
    """
    parts = list(islice(children(content_info), 2))
    if not parts or parts[0].tag != OBJECT_ID:
        raise DerError("it does not name its content")
    if parts[0].content != _SIGNED_DATA:
        return
    if len(parts) < 2 or parts[1].tag != CONTEXT_0:
        raise DerError("it holds no signed data")
    certificate_set = _certificate_set(next(children(parts[1]), None))
    if certificate_set is not None:
        yield from children(certificate_set)


def _certificate_set(signed_data: Element | None) -> Element | None:
    if signed_data is None or signed_data.tag != SEQUENCE:
        raise DerError("its signed data is not a SEQUENCE")
    return next((part for part in children(signed_data) if part.tag == CONTEXT_0), None)
