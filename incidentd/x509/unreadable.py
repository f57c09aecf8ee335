"""Unreadable: what could not be made a Certificate, and why. Reasons are stable; texts never quote what stood there."""

from dataclasses import dataclass
from enum import StrEnum


class UnreadableReason(StrEnum):
    """Why something is not a Certificate. Stable: people alert on these."""

    NOT_A_CERTIFICATE = "not_a_certificate"
    """It has not the shape of an X.509 certificate (RFC 5280 4.1)."""
    CUT_SHORT = "cut_short"
    """It ends before its own length, or its PEM block has no END: a torn write, or a torn copy."""
    BAD_BASE64 = "bad_base64"
    NOT_AFTER_UNREADABLE = "not_after_unreadable"
    NOT_AFTER_OUT_OF_RANGE = "not_after_out_of_range"
    """notAfter lies outside the years 1 to 9999."""
    CERTIFICATE_TOO_LARGE = "certificate_too_large"
    BLOB_TOO_LARGE = "blob_too_large"
    TOO_MANY_BLOCKS = "too_many_blocks"
    BAD_PKCS7 = "bad_pkcs7"
    KEYSTORE_NOT_SUPPORTED = "keystore_not_supported"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A certificate that could not be read: a gap for whoever looked, never an absence."""

    reason: UnreadableReason
    text: str
    """What is wrong and, where something can be done, what to do. Made by us: safe to show."""
