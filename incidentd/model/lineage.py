"""Lineage: the certificate that replaces another, and by what it is known to. Who stands nearest comes first."""

from dataclasses import dataclass
from enum import StrEnum


class SuccessorBy(StrEnum):
    """By what a certificate is known to replace another. Stable codes: never renamed, people alert on them."""

    SERVED_FOR_THE_NAME = "served_for_the_name"
    """It is served in the place of the old one, for the name that is asked for there."""
    SERVED_FOR_AN_OWN_NAME = "served_for_an_own_name"
    """The same, where no name is asked for, or where the old one did not cover that name either."""
    CHAIN_WITHOUT_IT = "chain_without_it"
    """Of a CA: the chain that is served in the place of its own goes without it."""
    SAME_OBJECT = "same_object"
    """It stands in the same store object."""
    CROSS_SIGNED = "cross_signed"
    """Of a CA, elsewhere: the same subject and key, by another issuer."""
    SAME_SUBJECT = "same_subject"
    """Of a CA, elsewhere: the same subject."""
    COVERS_ALL_NAMES = "covers_all_names"
    """Elsewhere: all names of the old one are covered."""


NEAREST_FIRST = tuple(SuccessorBy)


@dataclass(frozen=True, slots=True)
class Successor:
    """The certificate that replaces another."""

    fingerprint: str
    by: SuccessorBy


@dataclass(frozen=True, slots=True)
class Differences:
    """What a successor does not have in common with the one that it replaces; names as they stand, sorted."""

    added: tuple[str, ...] = ()
    """Names that the old one did not cover."""
    lost: tuple[str, ...] = ()
    """Names of the old one that it does not cover."""
    new_key: bool | None = None
    """None where a key could not be read."""
    new_issuer: bool = False
