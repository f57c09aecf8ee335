"""A PagerDuty of our own: Events v2 and REST v2 as the vendor documents them, with a clock and people that we move."""

from incidentd.sandbox.pagerduty.app import API_TOKEN, FROM_EMAIL, ROUTING_KEY, PagerDuty

__all__ = ["API_TOKEN", "FROM_EMAIL", "ROUTING_KEY", "PagerDuty"]
