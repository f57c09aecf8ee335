"""Succession: which certificate replaces another, and why. A pure comparison of two, and of where they were seen."""

from datetime import datetime, timedelta
from enum import StrEnum

from incidentd.model.certificate import Certificate
from incidentd.model.lineage import SuccessorBy
from incidentd.policy.names import covers, covers_all, covers_any

SKEW = timedelta(minutes=5)
"""A certificate counts as not yet valid only when its beginning lies further ahead than this."""


class NoSuccessor(StrEnum):
    """Why a certificate does not replace another. Stable codes: never renamed."""

    ENDS_NO_LATER = "ends_no_later"
    SELF_SIGNED = "self_signed"
    NOT_VALID_NOW = "not_valid_now"
    OTHER_NAME = "other_name"


def valid_at(certificate: Certificate, now: datetime) -> bool:
    """Within its validity, both ends inclusive (RFC 5280 4.1.2.5)."""
    return has_begun(certificate, now) and now <= certificate.not_after


def has_begun(certificate: Certificate, at: datetime) -> bool:
    """True from its beginning on. One that could not be read proves nothing: clients refuse such a certificate."""
    return certificate.not_before is not None and certificate.not_before <= at + SKEW


def ends_later(new: Certificate, old: Certificate) -> bool:
    """True for another certificate with a later end that is not self-signed unless the old one was.

    A CA's own root is no self-made stranger to a cross-sign of the same key and subject.
    """
    return new.not_after > old.not_after and (old.self_signed or not new.self_signed or is_cross_sign(new, old))


def is_cross_sign(new: Certificate, old: Certificate) -> bool:
    """The same authority, by subject and key, as another issuer vouches for it."""
    same_key = bool(old.key_id) and new.key_id == old.key_id
    return old.is_authority and new.is_authority and same_key and _same_subject(new, old) and new.issuer != old.issuer


def why_not_served(new: Certificate, old: Certificate, asked_name: str | None, now: datetime) -> NoSuccessor | None:
    """Why `new` does not take the place of `old` where clients get it; None where it does."""
    if not ends_later(new, old):
        return _why_not_later(new, old)
    if not valid_at(new, now):
        return NoSuccessor.NOT_VALID_NOW
    return None if answers_for(new, old, asked_name) else NoSuccessor.OTHER_NAME


def why_not_in_store(new: Certificate, old: Certificate) -> NoSuccessor | None:
    """Why `new` does not take the place of `old` in the same store object; None where it does."""
    if not ends_later(new, old):
        return _why_not_later(new, old)
    return None if succeeds_in_store(new, old) else NoSuccessor.OTHER_NAME


def why_not_across(new: Certificate, old: Certificate) -> NoSuccessor | None:
    """Why `new`, seen anywhere, is not of the lineage of `old`; None where it is."""
    if not ends_later(new, old):
        return _why_not_later(new, old)
    return None if lineage_across(new, old) else NoSuccessor.OTHER_NAME


def _why_not_later(new: Certificate, old: Certificate) -> NoSuccessor:
    return NoSuccessor.ENDS_NO_LATER if new.not_after <= old.not_after else NoSuccessor.SELF_SIGNED


def succeeds_served(new: Certificate, old: Certificate, asked_name: str | None, now: datetime) -> bool:
    """May `new` take the place of `old` where clients get it? It ends later, is valid now and answers for the name."""
    return why_not_served(new, old, asked_name, now) is None


def answers_for(new: Certificate, old: Certificate, asked_name: str | None) -> bool:
    """Does `new` cover the name that was asked for?

    Where no name is asked for, or the old one did not cover it either, one of the old one's names will do.
    """
    if asked_name is not None:
        if covers(_names_after(old, new), asked_name):
            return True
        if covers(old.covered_names, asked_name):
            return False
    return _shares_a_name(new, old)


def succeeds_in_store(new: Certificate, old: Certificate) -> bool:
    """May `new` take the place of `old` in the same store object? It ends later and is for one of its names.

    A CA's successor there is any CA: issuers give their next one another name.
    """
    return ends_later(new, old) and ((old.is_authority and new.is_authority) or _shares_a_name(new, old))


def lineage_in_place(new: Certificate, old: Certificate, asked_name: str | None) -> SuccessorBy:
    """By what a successor that is served in the old one's place is one."""
    if asked_name is not None and covers(_names_after(old, new), asked_name):
        return SuccessorBy.SERVED_FOR_THE_NAME
    return SuccessorBy.SERVED_FOR_AN_OWN_NAME


def lineage_across(new: Certificate, old: Certificate) -> SuccessorBy | None:
    """Is `new`, seen anywhere, of the same lineage, and by what? It ends later and covers all names of the old one."""
    if not ends_later(new, old):
        return None
    if old.is_authority and new.is_authority:
        if is_cross_sign(new, old):
            return SuccessorBy.CROSS_SIGNED
        return SuccessorBy.SAME_SUBJECT if _same_subject(new, old) else None
    return SuccessorBy.COVERS_ALL_NAMES if covers_all(_names_after(old, new), old.covered_names) else None


def succeeds_across(new: Certificate, old: Certificate) -> bool:
    """Is `new`, seen anywhere, of the same lineage?"""
    return lineage_across(new, old) is not None


def _shares_a_name(new: Certificate, old: Certificate) -> bool:
    """A self-signed CA is often a server's own certificate: it has names that a successor can cover."""
    if (old.is_authority or not old.covered_names) and _same_subject(new, old):
        return True
    return covers_any(_names_after(old, new), old.covered_names)


def _names_after(old: Certificate, new: Certificate) -> tuple[str, ...]:
    """The names that clients of the old one find in the new one.

    A common name is a last resort (RFC 6125 6.4.4) that few clients still know (RFC 9525 removed it): after alternative
    names it is none, also where those of the new one could not be read.
    """
    return new.names if old.names else new.covered_names


def _same_subject(new: Certificate, old: Certificate) -> bool:
    """Two empty subjects are not the same one."""
    return bool(old.subject) and new.subject == old.subject
