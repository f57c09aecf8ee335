"""Short-lived: a plan that opens many of them says how many, and which two lines would let them off. Pure."""

from collections import Counter
from collections.abc import Iterator

from incidentd.model.assessment import Reason
from incidentd.model.certificate import Certificate
from incidentd.model.plan import Plan
from incidentd.planning.brake import is_new
from incidentd.policy.automation import is_short_lived

MANY = 5
"""Fewer are not worth a hint: they are what the plan shows."""
ISSUERS_NAMED = 3
ISSUER_CHARACTERS = 200
_MEANS_ITSELF = str.maketrans({each: f"[{each}]" for each in "[*?"})
"""What has a meaning in a glob, as itself."""


def what_would_let_them_off(plan: Plan) -> Iterator[str]:
    """The lines of the hint; none unless the plan opens many short-lived ones that nothing is known to renew."""
    found = [one for one in _opened(plan) if is_short_lived(one)]
    named = Counter(one.issuer for one in found if 0 < len(one.issuer) <= ISSUER_CHARACTERS)
    if len(found) < MANY or not named:
        return
    issuers = [f"{{issuer: {_quoted(issuer)}}}" for issuer, _ in named.most_common(ISSUERS_NAMED)]
    yield (
        f"incidentd: {len(found)} new incidents are for certificates that live for less than 184 days. Nothing shows "
        "yet that automation renews them: two renewals in time would, or your word in two lines of the configuration:"
    )
    yield "policy:"
    yield f"  automated: [{', '.join(issuers)}]"


def _opened(plan: Plan) -> Iterator[Certificate]:
    for action in (*plan.actions, *(held.action for held in plan.held)):
        incident = action.incident
        if is_new(action) and incident is not None and Reason.RENEWAL_OVERDUE not in incident.assessment.reasons:
            yield incident.certificate


def _quoted(issuer: str) -> str:
    """In quotes and in ASCII: whatever a name holds, in YAML it is that name, and on a terminal it does nothing."""
    plain = (
        each if each.isprintable() and each.isascii() and each not in '"\\' else f"\\U{ord(each):08X}"
        for each in issuer.translate(_MEANS_ITSELF)
    )
    return f'"{"".join(plain)}"'
