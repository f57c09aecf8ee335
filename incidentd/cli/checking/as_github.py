"""Annotations of a GitHub workflow: a line a target that is not ok. Format: GitHub Docs, "Workflow commands"."""

from incidentd.cli.checking.report import Report, sentence
from incidentd.cli.checking.verdict import CheckResult, CheckStatus
from incidentd.planning.sanitize import sanitize

_LEVELS = {
    CheckStatus.UNREACHABLE: "warning",
    CheckStatus.DUE: "warning",
    CheckStatus.UNREADABLE: "error",
    CheckStatus.EXPIRED: "error",
}
_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))
"""What the runner unescapes; `%` goes first."""


def render(report: Report) -> str:
    """`::error file=…,title=…::…`; nothing for targets that are ok."""
    return "\n".join(_line(one, report) for one in report.results if one.status is not CheckStatus.OK)


def annotation(level: str, title: str, text: str, path: str | None = None) -> str:
    """One workflow command; `level` is error, warning or notice. Its parts are harmless already."""
    named = f"file={_escaped(path, _PROPERTY)}," if path else ""
    return f"::{level} {named}title={_escaped(title, _PROPERTY)}::{_escaped(text, _DATA)}"


def _line(result: CheckResult, report: Report) -> str:
    path = sanitize(result.path, cut_at=4096) if result.path else None
    text = f"{sanitize(result.target)}: {sentence(result, report.at)}"
    return annotation(_LEVELS[result.status], f"certificate {result.status}", text, path)


def _escaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for character, escape in escapes:
        text = text.replace(character, escape)
    return text
