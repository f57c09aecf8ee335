"""CSV, a line a certificate: for spreadsheets, so no cell of outside text may begin like a formula."""

import csv
import io
from datetime import datetime

from incidentd.cli.checking.report import Report
from incidentd.cli.checking.verdict import Checked, CheckResult
from incidentd.planning.phrases import rfc3339
from incidentd.planning.sanitize import sanitize
from incidentd.policy.calendar import days_left

COLUMNS = (
    "target", "status", "name", "subject", "issuer", "serial", "fingerprint",
    "not_before", "not_after", "days_left", "window_opens_at", "due", "error",
)  # fmt: skip  # a list, read in rows
_FORMULA_BEGINS = ("=", "+", "-", "@")
"""OWASP, CSV injection."""


def render(report: Report) -> str:
    """A header, then a line a certificate; a target that showed none has a line too."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result in report.results:
        for checked in result.certificates or (None,):
            writer.writerow(_row(result, checked, report.at))
    return written.getvalue().rstrip("\n")


def _row(result: CheckResult, checked: Checked | None, at: datetime) -> tuple[str, ...]:
    told = _certificate(checked, at) if checked else ("",) * 10
    return (outside(result.target), result.status, *told, outside(result.error or ""))


def _certificate(checked: Checked, at: datetime) -> tuple[str, ...]:
    certificate = checked.certificate
    return (
        outside(certificate.display_name),
        outside(certificate.subject),
        outside(certificate.issuer),
        certificate.serial,
        certificate.fingerprint,
        rfc3339(certificate.not_before) if certificate.not_before else "",
        rfc3339(certificate.not_after),
        str(days_left(certificate.not_after, at)),
        rfc3339(checked.opens_at) if checked.opens_at else "",
        str(checked.due).lower(),
    )


def outside(text: str) -> str:
    """Outside text as a cell: harmless to a terminal, and to a spreadsheet. Standard input's `-` stays."""
    harmless = sanitize(text)
    return f"'{harmless}" if harmless.startswith(_FORMULA_BEGINS) and harmless != "-" else harmless
