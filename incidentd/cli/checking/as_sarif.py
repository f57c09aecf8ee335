"""SARIF 2.1.0 (OASIS), for code scanning: a result a finding, in a file or at an endpoint."""

import json
import os
from datetime import datetime
from typing import Any
from urllib.parse import quote

from incidentd.cli.checking.report import Report, sentence
from incidentd.cli.checking.verdict import CheckResult, CheckStatus
from incidentd.planning.sanitize import sanitize

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = {
    CheckStatus.EXPIRED: ("certificate-expired", "error", "A certificate has expired."),
    CheckStatus.DUE: ("certificate-due", "warning", "A certificate ends within the threshold and has to be renewed."),
    CheckStatus.UNREADABLE: ("target-unreadable", "error", "Where a certificate should be, none can be read."),
    CheckStatus.UNREACHABLE: ("target-unreachable", "warning", "An endpoint could not be reached."),
}
"""By status: a stable id, a level of SARIF, and what it means."""


def render(report: Report) -> str:
    """A log with one run."""
    run = {"tool": {"driver": _driver()}, "columnKind": "unicodeCodePoints", "results": _results(report)}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver() -> dict[str, Any]:
    return {"name": "incidentd", "rules": [_rule(*rule) for rule in _RULES.values()]}


def _rule(rule_id: str, level: str, text: str) -> dict[str, Any]:
    return {"id": rule_id, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}


def _results(report: Report) -> list[dict[str, Any]]:
    return [_result(one, report.at) for one in report.results if one.status is not CheckStatus.OK]


def _result(result: CheckResult, at: datetime) -> dict[str, Any]:
    rule_id, level, _ = _RULES[result.status]
    told: dict[str, Any] = {
        "ruleId": rule_id,
        "level": level,
        "message": {"text": f"{sanitize(result.target)}: {sentence(result, at)}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(result)}}}],
    }
    if result.deciding:
        told["partialFingerprints"] = {"certificateSha256/v1": result.deciding.certificate.fingerprint}
    return told


def _uri(result: CheckResult) -> str:
    """A relative path stays relative: code scanning resolves it against the repository."""
    if result.path is None or os.path.isabs(result.path):
        return result.uri
    return quote(os.fsencode(result.path))
