"""The integration keys of a tracker: the one of today, and earlier ones that open alerts still listen to.

A dedup key belongs to one routing key (Events v2, deduplication): what was opened through a key is updated and resolved
through it, or not at all. The state holds fingerprints of keys ("doors"), never a key.
"""

import hashlib
from collections.abc import Callable, Sequence

from incidentd.errors import ConfigError, TrackerError, TrackerFailure
from incidentd.trackers.exchange import Secret, revealed

NONE_EARLIER: tuple[str, ...] = ()
LEFT = "it was opened through a routing key that is not configured any more: add that key to earlier_routing_keys"


def fingerprint_of(routing_key: str) -> str:
    """Tells one routing key from another, and tells nobody the key: it is 32 characters of chance."""
    return hashlib.sha256(routing_key.encode()).hexdigest()[:32]


class RoutingKeys:
    """Each is asked for anew at each use, so that a rotated one counts at once."""

    def __init__(self, today: Secret, earlier: Callable[[], Sequence[str]] = lambda: NONE_EARLIER) -> None:
        self._today = today
        self._earlier = earlier

    def today(self) -> str:
        """What opens today. Raises TrackerError where it cannot be read."""
        return revealed(self._today, "routing_key")

    def all(self) -> tuple[str, ...]:
        """Today's first, each once. Raises TrackerError."""
        try:
            earlier = self._earlier()
        except ConfigError as error:
            what = f"earlier_routing_keys cannot be had: {error.what}"
            raise TrackerError(TrackerFailure.UNAUTHORIZED, what, error.where, error.hint) from error
        return tuple(dict.fromkeys((self.today(), *earlier)))

    def by_fingerprint(self, fingerprint: str) -> str | None:
        """The key with this fingerprint; None where it is not configured (any more). Raises TrackerError."""
        today = self.today()
        if fingerprint_of(today) == fingerprint:
            return today
        return next((key for key in self.all() if fingerprint_of(key) == fingerprint), None)

    def by_door(self, door: str, dedup_key: str) -> str | None:
        """The key that `door_of` was asked with; None where it is not configured (any more). Raises TrackerError."""
        today = self.today()
        if door_of(today, dedup_key) == door:
            return today
        return next((key for key in self.all() if door_of(key, dedup_key) == door), None)


def door_of(routing_key: str, dedup_key: str) -> str:
    """What the ledger keeps of the key that an incident was opened through; another one for each incident."""
    return hashlib.sha256(f"{routing_key}\n{dedup_key}".encode()).hexdigest()[:16]
