"""Threshold: how long before its end a certificate is due, in calendar months or in days."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Threshold:
    """`months` are calendar months, clamped to the month's end; `days` are 24 hours each. One of the two is set."""

    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        """As it is written in a configuration: `3mo`, `90d`."""
        return f"{self.months}mo" if self.months else f"{self.days}d"
