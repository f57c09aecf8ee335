"""Invariants: what must hold in every life, by the numbers of faults.md, and what is said where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Invariant(StrEnum):
    """By the numbers of faults.md."""

    ONE = "1 one"
    NO_LOSS = "2 no loss"
    NO_FALSE_CLOSE = "3 no false close"
    BLINDNESS = "4 blindness is not absence"
    PEOPLE = "5 people win"
    CLIMBS = "6 severity only climbs"
    RATES = "7 rates"
    INTENT_FIRST = "8 intent first"
    FENCING = "8 fencing"
    REST = "9 rest"
    EQUIVALENCE = "10 crash equivalence"
    READ = "11 nothing unread in silence"
    SECRETS = "12 secrets"
    REPLAY = "13 replay"
    SOUND = "no internal error"


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be, the first time it was."""

    invariant: Invariant
    text: str
    at_seconds: float
