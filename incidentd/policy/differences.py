"""Differences: what a successor does not have in common with the old one. None of it stops it from being one."""

from incidentd.model.certificate import Certificate
from incidentd.model.lineage import Differences
from incidentd.policy.names import uncovered


def differences(new: Certificate, old: Certificate) -> Differences:
    """Added and lost names, a new key, a new issuer."""
    return Differences(
        added=uncovered(old.covered_names, new.covered_names),
        lost=uncovered(new.covered_names, old.covered_names),
        new_key=new.key_id != old.key_id if new.key_id and old.key_id else None,
        new_issuer=new.issuer != old.issuer,
    )
