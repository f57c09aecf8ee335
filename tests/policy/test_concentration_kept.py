"""Concentrations are looked for again only where something about them may be new."""

from dataclasses import replace

from incidentd.model.inventory import Inventory
from incidentd.model.places import places_in
from incidentd.model.policy import Policy, Waiver
from incidentd.policy.concentration import review
from incidentd.policy.concentration_kept import Reviews
from tests.policy.baskets import NO_ASSESSMENTS, at, inventory_of, leaf, renewed
from tests.policy.builders import DAY, HOUR, START

A, B = leaf("a.example", 100 * DAY), leaf("b.example", 100 * DAY)
PLACED = [at("h1", A, service="s", region="eu"), at("h2", B, service="s", region="us")]
POLICY = Policy()


def _inventory() -> Inventory:
    inventory = inventory_of(PLACED)
    return replace(inventory, places=places_in(inventory))


def test_the_same_is_not_looked_for_twice() -> None:
    """However much time goes by, as long as none of it ends; and another inventory of the same places is the same."""
    reviews, inventory = Reviews(), _inventory()
    assert reviews.last is None
    first = reviews.of(inventory, NO_ASSESSMENTS, POLICY, START)
    seen_again = replace(inventory, sweeps={})
    assert reviews.of(seen_again, NO_ASSESSMENTS, Policy(), START + 30 * DAY) is first
    assert reviews.held(inventory, NO_ASSESSMENTS, POLICY, START + HOUR) is first
    assert reviews.last is first


def test_whatever_may_make_a_difference_is_looked_at() -> None:
    """Certificates, places, assessments, the policy, the end of a window, and a clock that went back."""
    inventory = _inventory()
    waived = Policy(waivers=(Waiver("same_key-0123456789ab", START + DAY, "r", "o"),))
    for changed in (
        (replace(inventory, certificates=dict(inventory.certificates)), NO_ASSESSMENTS, POLICY, START),
        (_inventory(), NO_ASSESSMENTS, POLICY, START),
        (inventory, renewed(A, B), POLICY, START),
        (inventory, NO_ASSESSMENTS, waived, START),
        (inventory, NO_ASSESSMENTS, POLICY, A.not_after + HOUR),
        (inventory, NO_ASSESSMENTS, POLICY, START - HOUR),
    ):
        reviews = Reviews()
        first = reviews.of(inventory, NO_ASSESSMENTS, POLICY, START)
        assert reviews.held(*changed) is None
        assert reviews.of(*changed) == review(*changed)
        assert reviews.last is not first
