"""Triggers that were accepted, and whose incident is not seen yet.

PagerDuty may take ten minutes over an event. One that is sent again meanwhile is processed later still: if a person
resolves the incident in between, it opens another one that nobody knows of. So none is, for as long.
"""

from incidentd.ports import Clock

PROCESSING_SECONDS = 600.0


class Unseen:
    """What this process sent; after a crash the worst is one trigger more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accepted_at: dict[str, float] = {}

    def accepted(self, key: str) -> None:
        """A trigger of this dedup key was answered with 202."""
        now = self._clock.monotonic()
        lately = {other: at for other, at in self._accepted_at.items() if now - at < PROCESSING_SECONDS}
        self._accepted_at = {**lately, key: now}

    def seen(self, key: str) -> None:
        """Its incident is there: the next trigger may go out."""
        self._accepted_at.pop(key, None)

    def may_still_come(self, key: str) -> bool:
        """True while an accepted trigger may still become an incident."""
        at = self._accepted_at.get(key)
        return at is not None and self._clock.monotonic() - at < PROCESSING_SECONDS
