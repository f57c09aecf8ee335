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
    """May `new` take the place of `old` where clients get it?

    It covers the name that was asked for, is valid now and ends later. Where no name is asked for, or the old one did
    not cover it either, at least one of the old one's names has to be covered.
    """
    if not ends_later(new, old) or not valid_at(new, now):
        return False
    if asked_name is not None and covers(old.covered_names, asked_name):
        return covers(new.covered_names, asked_name)
    return _shares_a_name(new, old)


def succeeds_in_store(new: Certificate, old: Certificate) -> bool:
    """May `new` take the place of `old` in the same store object? It ends later and is for one of its names."""
    return ends_later(new, old) and new.is_ca == old.is_ca and _shares_a_name(new, old)


def succeeds_across(new: Certificate, old: Certificate) -> bool:
    """Is `new`, seen anywhere, of the same lineage? It ends later and covers all names of the old one."""
    if not ends_later(new, old) or new.is_ca != old.is_ca:
        return False
    if old.is_ca:
        return new.subject == old.subject
    return covers_all(new.covered_names, old.covered_names)


def _shares_a_name(new: Certificate, old: Certificate) -> bool:
    if old.is_ca or not old.covered_names:
        return new.subject == old.subject
    return covers_any(new.covered_names, old.covered_names)
