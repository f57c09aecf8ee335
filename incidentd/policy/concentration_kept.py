"""Reviews: concentrations are looked for only when somebody asks, and again only once something about them changed."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from incidentd.model.assessment import Assessment
from incidentd.model.certificate import Certificate
from incidentd.model.concentration import Review
from incidentd.model.inventory import Inventory, PlaceKey
from incidentd.model.places import Kept, places_in
from incidentd.model.policy import Policy
from incidentd.policy.concentration import review


@dataclass(frozen=True, slots=True)
class _Standing:
    """A review with what it was made from. These mappings are new ones only where something in them is."""

    review: Review
    made_at: datetime
    certificates: Mapping[str, Certificate]
    places: Mapping[PlaceKey, Kept]
    assessments: Mapping[str, Assessment]
    policy: Policy

    def holds(self, inventory: Inventory, assessments: Mapping[str, Assessment], policy: Policy, now: datetime) -> bool:
        return (
            self.certificates is inventory.certificates
            and self.places is places_in(inventory).kept
            and self.assessments is assessments
            and self.policy == policy
            and self.made_at <= now < self.review.until
        )


class Reviews:
    """The last review, for whoever asks next. Nothing rests on it."""

    def __init__(self) -> None:
        self._kept: deque[_Standing] = deque(maxlen=1)

    @property
    def last(self) -> Review | None:
        """What was found last; None before anybody asked."""
        return next((standing.review for standing in tuple(self._kept)), None)

    def held(
        self, inventory: Inventory, assessments: Mapping[str, Assessment], policy: Policy, now: datetime
    ) -> Review | None:
        """What was found last, where it still stands."""
        kept = (standing for standing in tuple(self._kept) if standing.holds(inventory, assessments, policy, now))
        return next((standing.review for standing in kept), None)

    def of(self, inventory: Inventory, assessments: Mapping[str, Assessment], policy: Policy, now: datetime) -> Review:
        """What `review` says of these; worked out only where that may be something new. Blocking."""
        before = self.held(inventory, assessments, policy, now)
        if before is not None:
            return before
        made = review(inventory, assessments, policy, now)
        self._kept.append(_Standing(made, now, inventory.certificates, places_in(inventory).kept, assessments, policy))
        return made
