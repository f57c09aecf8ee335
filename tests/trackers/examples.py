"""What tickets say in these tests: one content, a worse one, and the comments that go with it."""

from dataclasses import replace
from datetime import date
from typing import Any

from incidentd.model.assessment import Severity, Step
from incidentd.model.incident import incident_key, incident_marker
from incidentd.model.ticket import (
    Comment,
    PlaceLine,
    TicketContent,
)

FINGERPRINT = "5f3a91c0" * 8


def content(fingerprint: str = FINGERPRINT, **changes: Any) -> TicketContent:
    """What a ticket should say of a certificate, in the words of nobody in particular."""
    said = TicketContent(
        key=incident_key("default", fingerprint),
        marker=incident_marker("default", fingerprint),
        title="SIE api.example.com +1: certificate expires 2026-12-04 09:14 UTC, served in prod",
        severity=Severity.WARNING,
        step=Step.WARNING,
        due_on=date(2026, 11, 27),
        labels=("cert-expiry", "env-prod", "sev-warning"),
        headline="Expires 2026-12-04 09:14 UTC. Served on 3 of 4 endpoints.",
        what="TLS certificate for api.example.com, pay.example.com expires 2026-12-04 09:14 UTC",
        impact="3 of 4 endpoints serve it; clients will fail TLS.",
        action="renew, then reload what serves it",
        owner="payments-sre",
        why_now="opened: less than three months left; no newer certificate in 5 stores",
        places=(PlaceLine("tls://api.example.com:443", "served", "this certificate", "2026-11-22 11:59 UTC"),),
        places_left_out=0,
        tasks=("find why renewal stalled", "renew", "check that it is served"),
        commands=("openssl s_client -connect api.example.com:443 </dev/null | openssl x509 -noout -enddate",),
        details=(("serial", "0a1b"), ("issuer", "CN=Example CA")),
        rule=("window opened 2026-09-04 09:14 UTC",),
        source="api.example.com:443",
        component="payments-api",
        group="prod/eu-west-1",
    )
    return replace(said, **changes)


WORSE: dict[str, Any] = {
    "severity": Severity.CRITICAL,
    "step": Step.CRITICAL,
    "labels": ("cert-expiry", "env-prod", "sev-critical"),
    "headline": "Expires 2026-12-04 09:14 UTC. Served on 4 of 4 endpoints.",
    "why_now": "warning -> critical: 3 days left",
}
STEP_UP = Comment("step-critical", "SEVERITY UP warning -> critical: 3 days left at 1 Dec 09:14 UTC.")
FIXED = Comment("closed", "Fixed. Replaced by 9bd2…41aa, served on 4 of 4 endpoints.")
AGAIN = Comment("reopened", "Reopened: served again since 2026-11-22 11:00 UTC.")
