"""Production unless said otherwise: only a listed label value takes a location out."""

from incidentd.model.location import Labels
from incidentd.model.policy import Policy


def is_production(labels: Labels, policy: Policy) -> bool:
    """False only when a label has a value that the policy lists as non-production (case-folded)."""
    values = {name: value.casefold() for name, value in labels}
    return not any(
        values[name] in {value.casefold() for value in listed}
        for name, listed in policy.non_production
        if name in values
    )
