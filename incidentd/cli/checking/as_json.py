"""The JSON document of a check, a contract; and the same as one line a target."""

from datetime import datetime
from typing import Any

from incidentd.cli.checking.report import Report
from incidentd.cli.checking.verdict import Checked, CheckResult
from incidentd.cli.output import json_line, json_text
from incidentd.planning.phrases import rfc3339
from incidentd.policy.calendar import days_left


def render(report: Report) -> str:
    """`{"schema_version": 1, "results": […]}`."""
    return json_text({"results": [as_value(result, report.at) for result in report.results]})


def render_lines(report: Report) -> str:
    """One result a line, each with its `schema_version`."""
    return "\n".join(json_line(as_value(result, report.at)) for result in report.results)


def as_value(result: CheckResult, at: datetime) -> dict[str, Any]:
    """One target. Texts are as they stand in the certificate: JSON in ASCII keeps them harmless."""
    return {
        "target": result.target,
        "status": result.status.value,
        "certificates": [_certificate(checked, at) for checked in result.certificates],
        "error": result.error,
    }


def _certificate(checked: Checked, at: datetime) -> dict[str, Any]:
    certificate = checked.certificate
    return {
        "fingerprint": certificate.fingerprint,
        "subject": certificate.subject,
        "sans": list(certificate.names),
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "not_before": rfc3339(certificate.not_before) if certificate.not_before else None,
        "not_after": rfc3339(certificate.not_after),
        "days_left": days_left(certificate.not_after, at),
        "window_opens_at": rfc3339(checked.opens_at) if checked.opens_at else None,
        "due": checked.due,
    }
