"""What Jira Cloud answers to who asks too much: one fault for each of its ways (Jira Cloud, rate limiting).

    jira.faults.add(limits.answer_to("quota-tenant", now, 1847), path="/rest/api/3/.*", times=None)

or from outside: `{"limit": {"kind": "gateway", "seconds": 30, "times": 3}}` among the switches.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from incidentd.sandbox.faults import Fault, answer

REASONS: Mapping[str, str] = {
    "burst": "jira-burst-based",
    "quota-global": "jira-quota-global-based",
    "quota-tenant": "jira-quota-tenant-based",
    "per-issue": "jira-per-issue-on-write",
}
KINDS = (*REASONS, "gateway", "unavailable")
"""`gateway`: a 429 of the edge with a time and no Retry-After; `unavailable`: a 503 that says when to come again."""


def answer_to(kind: str, now: datetime, seconds: int) -> Fault:
    """The answer instead of the work: come again in so many seconds. KeyError for an unknown kind."""
    resets_at = now + timedelta(seconds=seconds)
    if kind == "unavailable":
        body = '{"errorMessages":["The service is temporarily unavailable."],"errors":{}}'
        return answer(503, {"Retry-After": str(seconds)}, body)
    if kind == "gateway":
        headers = {"X-Ratelimit-Reset": f"{resets_at:%Y-%m-%dT%H:%MZ}", "Content-Type": "text/html"}
        return answer(429, headers, "<html><title>Too many requests</title></html>")
    about = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "RateLimit-Reason": REASONS[kind]}
    times = {"Retry-After": str(seconds), "X-RateLimit-Reset": f"{resets_at:%Y-%m-%dT%H:%M:%SZ}"}
    return answer(429, {**about, **times}, '{"errorMessages":["Rate limit exceeded."],"errors":{}}')
