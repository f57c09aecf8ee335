"""Labels of an incident: the commonest among its places, ties by name."""

import re
from collections import Counter
from collections.abc import Sequence

from incidentd.model.assessment import PlaceFinding


def commonest(findings: Sequence[PlaceFinding], label: str) -> str | None:
    """The value that most places carry; None where none does."""
    votes = Counter(value for finding in findings if (value := finding.location.label(label)))
    return min(votes, key=lambda value: (-votes[value], value), default=None)


def slug(value: str) -> str:
    """Lower case, `[a-z0-9-]` only, at most 64 characters: legal as a label in every tracker."""
    return re.sub(r"[^a-z0-9]+", "-", value.casefold()).strip("-")[:64] or "unknown"
