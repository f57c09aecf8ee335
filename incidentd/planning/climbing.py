"""Climbing in words, for `explain`: how severe it is, why not more or less, and which steps are still to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from incidentd.model.assessment import Assessment, Reason, Step
from incidentd.model.certificate import Certificate
from incidentd.model.policy import Policy
from incidentd.planning.phrases import ago, instant
from incidentd.policy import severity

CAPPED = {
    Reason.CAPPED_SPARE: "stays at warning: it is a spare, or archived",
    Reason.CAPPED_OTHER_SERVED: "stays at warning while every probed place of its names serves another one",
}


@dataclass(frozen=True, slots=True)
class Climb:
    """One certificate on the ladder."""

    certificate: Certificate
    assessment: Assessment
    policy: Policy
    now: datetime
    reached: Step | None
    """The highest step that its open incident ever had; None without one."""

    @property
    def answer(self) -> str:
        """The step of its incident; of what wants none, the one that it would have."""
        if self.assessment.step is None:
            return f"would be {self._by_time.label}"
        return self._step.label

    @property
    def rule(self) -> str:
        """When the steps are reached by the time that is left, and what keeps it off them."""
        by_time = ", ".join(f"{step.label} from {instant(at)}" for step, at in self._ladder)
        return "; ".join((by_time, *self._besides()))

    def to_come(self) -> Iterator[str]:
        """Each step that its incident will still enter, and when, if nothing else changes."""
        if self.assessment.step is None:
            return
        if self._cap is not None:
            yield f"no severity step comes: it {CAPPED[self._cap]}"
            return
        step = self._step
        for coming, at in self._ladder:
            higher = severity.raised(coming) if self._is_raised else coming
            if at >= self.now and higher > step:
                yield f"{instant(at)}: severity step {higher.label}, in {ago(at - self.now)}"
                step = higher

    def _besides(self) -> Iterator[str]:
        if self._cap is not None:
            yield CAPPED[self._cap]
        elif self._is_raised:
            yield "one severity up while its release is late"
        if self.assessment.step is not None and self._step > self.assessment.step:
            yield f"it was {self._step.label} before, and does not fall while the certificate is in place"

    @property
    def _ladder(self) -> list[tuple[Step, datetime]]:
        old = self.certificate
        return list(severity.step_instants(old.not_after, old.lifetime, self.policy.severities))

    @property
    def _by_time(self) -> Step:
        old = self.certificate
        return severity.step_at(old.not_after, old.lifetime, self.now, self.policy.severities)

    @property
    def _step(self) -> Step:
        return max(self.assessment.step or self._by_time, self.reached or Step.WARNING)

    @property
    def _is_raised(self) -> bool:
        """Only a late release lifts it above what the time says."""
        return self.assessment.step is not None and self.assessment.step > self._by_time

    @property
    def _cap(self) -> Reason | None:
        return next((reason for reason in self.assessment.reasons if reason in CAPPED), None)
