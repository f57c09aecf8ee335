"""Delivery: what became of one round of the outbox, in numbers and in words that are said once."""

from dataclasses import dataclass, field

from incidentd.model.plan import Intent
from incidentd.model.ticket import Confirmed, Outcome


@dataclass
class Delivery:
    """What became of one round."""

    confirmed: int = 0
    problems: dict[str, None] = field(default_factory=dict)
    """Texts, each once, in the order in which they came up."""

    def note(self, intent: Intent, outcome: Outcome) -> None:
        """Counts what was confirmed, and keeps the words of what was not."""
        if isinstance(outcome, Confirmed):
            self.confirmed += 1
        else:
            self.problems[f"{intent.tracker}: {outcome.text}"] = None

    def left_the_configuration(self, tracker: str) -> None:
        """There is nobody to send it to."""
        self.problems[f"tracker {tracker} left the configuration; its intents wait"] = None
