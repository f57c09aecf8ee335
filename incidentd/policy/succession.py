"""Succession: which certificate replaces another. A pure comparison of two certificates, and where they were seen."""

from datetime import datetime, timedelta

from incidentd.model.certificate import Certificate
from incidentd.policy.names import covers, covers_all, covers_any

SKEW = timedelta(minutes=5)
"""A certificate counts as not yet valid only when its beginning lies further ahead than this."""


def valid_at(certificate: Certificate, now: datetime) -> bool:
    """Within its validity, both ends inclusive (RFC 5280 4.1.2.5)."""
    begun = certificate.not_before is None or certificate.not_before <= now + SKEW
    return begun and now <= certificate.not_after


def ends_later(new: Certificate, old: Certificate) -> bool:
    """True for another certificate with a later end that is not self-signed unless the old one was."""
    return new.not_after > old.not_after and (old.self_signed or not new.self_signed)


def succeeds_served(new: Certificate, old: Certificate, asked_name: str | None, now: datetime) -> bool:
    """May `new` take the place of `old` where clients get it? It ends later, is valid now and answers for the name."""
    return ends_later(new, old) and valid_at(new, now) and answers_for(new, old, asked_name)


def answers_for(new: Certificate, old: Certificate, asked_name: str | None) -> bool:
    """Does `new` cover the name that was asked for?

    Where no name is asked for, or the old one did not cover it either, one of the old one's names will do.
    """
    if asked_name is not None:
        if covers(new.covered_names, asked_name):
            return True
        if covers(old.covered_names, asked_name):
            return False
    return _shares_a_name(new, old)


def succeeds_in_store(new: Certificate, old: Certificate) -> bool:
    """May `new` take the place of `old` in the same store object? It ends later and is for one of its names.

    A CA's successor there is any CA: issuers give their next one another name.
    """
    return ends_later(new, old) and ((old.is_authority and new.is_authority) or _shares_a_name(new, old))


def succeeds_across(new: Certificate, old: Certificate) -> bool:
    """Is `new`, seen anywhere, of the same lineage? It ends later and covers all names of the old one."""
    if not ends_later(new, old):
        return False
    if old.is_authority and new.is_authority:
        return _same_subject(new, old)
    return covers_all(new.covered_names, old.covered_names)


def _shares_a_name(new: Certificate, old: Certificate) -> bool:
    """A self-signed CA is often a server's own certificate: it has names that a successor can cover."""
    if (old.is_authority or not old.covered_names) and _same_subject(new, old):
        return True
    return covers_any(new.covered_names, old.covered_names)


def _same_subject(new: Certificate, old: Certificate) -> bool:
    """Two empty subjects are not the same one."""
    return bool(old.subject) and new.subject == old.subject
