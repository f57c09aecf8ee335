"""Tables for people: a line a target, or, wide, a line a certificate."""

from datetime import datetime

from incidentd.cli.checking.report import Report, name_of, time_left
from incidentd.cli.checking.verdict import Checked, CheckResult, CheckStatus
from incidentd.cli.output import Cell, table_text
from incidentd.planning.phrases import instant, listed
from incidentd.planning.sanitize import sanitize

_COLUMNS = ("STATUS", "TARGET", "CERTIFICATE", "EXPIRES", "LEFT", "NOTE")
_WIDE = ("STATUS", "TARGET", "NAMES", "EXPIRES", "LEFT", "DUE AFTER", "ISSUER", "SERIAL", "FINGERPRINT", "NOTE")
_NAMES_SHOWN = 100
_STYLES = {
    CheckStatus.OK: "green",
    CheckStatus.UNREACHABLE: "magenta",
    CheckStatus.UNREADABLE: "red",
    CheckStatus.DUE: "yellow",
    CheckStatus.EXPIRED: "bold red",
}


def render(report: Report) -> str:
    """One line a target: its status, and the certificate that the status is about."""
    return table_text(_COLUMNS, [_row(result, report.at) for result in report.results])


def render_wide(report: Report) -> str:
    """One line a certificate; a target that showed none has a line too."""
    return table_text(_WIDE, [row for result in report.results for row in _wide_rows(result, report.at)])


def _row(result: CheckResult, at: datetime) -> tuple[Cell | str, ...]:
    deciding = result.deciding
    told = (name_of(deciding), instant(deciding.certificate.not_after), time_left(deciding, at)) if deciding else _NONE
    return (_status(result.status), sanitize(result.target), *told, sanitize(result.error or ""))


_NONE = ("-", "-", "-")


def _wide_rows(result: CheckResult, at: datetime) -> list[tuple[Cell | str, ...]]:
    if not result.certificates:
        nothing = ("-",) * (len(_WIDE) - 3)
        return [(_status(result.status), sanitize(result.target), *nothing, sanitize(result.error or ""))]
    return [_wide_row(result, checked, at) for checked in result.certificates]


def _wide_row(result: CheckResult, checked: Checked, at: datetime) -> tuple[Cell | str, ...]:
    certificate = checked.certificate
    names = [sanitize(name) for name in certificate.covered_names] or [sanitize(certificate.display_name)]
    return (
        _status(_status_of(checked, result)),
        sanitize(result.target),
        listed(names, _NAMES_SHOWN),
        instant(certificate.not_after),
        time_left(checked, at),
        instant(checked.opens_at) if checked.opens_at else "never",
        sanitize(certificate.issuer),
        certificate.serial,
        certificate.fingerprint,
        sanitize(result.error or ""),
    )


def _status_of(checked: Checked, result: CheckResult) -> CheckStatus:
    """A certificate's own status; where something beside it could not be read, that."""
    if checked.due:
        return CheckStatus.EXPIRED if checked.expired else CheckStatus.DUE
    return result.status if result.status is CheckStatus.UNREADABLE else CheckStatus.OK


def _status(status: CheckStatus) -> Cell:
    return Cell(status, _STYLES[status])
